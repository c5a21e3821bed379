using System.Buffers.Binary;
using Suite.Tests.Golden;
using Suite.Tests.Records;

namespace Suite.Tests.Fuzz;

/// <summary>
/// Makes messages of real replies, some of them with pointers that no writer makes: far, in circles, out of bounds, to huge lists of
/// nothing.
/// </summary>
internal sealed class ReplyMessageCorpus
{
    private const int MaxMessages = 600;

    private readonly List<byte[]> _messages = [];

    public ReplyMessageCorpus()
    {
        _messages.Add(Convert.FromHexString(
            File.ReadAllText(Path.Combine(RepositoryFolder.Captures, "reply-messages", "time-exceeded-v1.hex")).ReplaceLineEndings("")));
        var reader = new Shared.Records.CapnProto.MessageReader();
        foreach (string capture in ReplyCaptures.Names.Where(name => name.StartsWith("repository/", StringComparison.Ordinal)))
        {
            ReadOnlySpan<byte> rest = ReplyCaptures.Decode(capture, null, "ams-1").Value;
            for (int i = 0; i < MaxMessages && reader.TryRead(rest, out _, out int length); i++, rest = rest[length..])
                _messages.Add(rest[..length].ToArray());
        }
    }

    public void Compose(Mutator mutator)
    {
        ref var random = ref mutator.Random;
        for (int messages = 1 + random.Below(3); messages > 0; messages--)
            mutator.Append(_messages[random.Below(_messages.Count)]);
        if (random.OneIn(2))
        {
            for (int edits = 1 + random.Below(3); edits > 0; edits--)
            {
                int word = random.Below(mutator.Length / 8) * 8;
                BinaryPrimitives.WriteUInt64LittleEndian(mutator.Bytes[word..], Pointer(ref random, mutator.Length / 8));
            }
            return;
        }
        mutator.MutateAnywhere(_messages[random.Below(_messages.Count)]);
    }

    // capnproto.org/encoding.html: kind in the two lowest bits, then what each kind holds.
    private static ulong Pointer(ref SeededRandom random, int words)
    {
        ulong offset = (ulong)(uint)(random.Below(2 * words) - words) << 2 & 0xFFFFFFFC;
        return random.Below(6) switch
        {
            // A struct, somewhere.
            0 => offset | (ulong)random.Below(40) << 32 | (ulong)random.Below(40) << 48,
            // A list of any element size with a count near anything.
            1 => offset | 1 | (ulong)random.Below(8) << 32 | (ulong)random.Below(words * 8) << 35,
            // A list that claims the most there is.
            2 => offset | 1 | (ulong)random.Below(8) << 32 | (ulong)0x1FFFFFFF << 35,
            // Far, with and without a landing pad of two words.
            3 => 2 | (ulong)random.Below(2) << 2 | (ulong)random.Below(words) << 3 | (ulong)random.Below(2) << 32,
            // A list's tag: many elements of nothing.
            4 => 0xFFFFFFFC,
            // A capability.
            _ => 3 | (ulong)(uint)random.Next() << 32,
        };
    }
}
