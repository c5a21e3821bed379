using Replay.Json;
using Risotto.Frame;
using Shared.Records.CapnProto;

namespace Suite.Tests.Fuzz;

/// <summary>Checks what must be true of every record for any input.</summary>
internal sealed class RecordCheck
{
    // The places of fields in schemas/update.capnp.
    private const int PrefixLen = 18, Sequence = 88, Afi = 104, PrefixAddr = 2;

    // The same is in schemas/malformed.capnp.
    private const int Action = 10;

    private static ReadOnlySpan<byte> MappedPrefix => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF];

    private readonly MessageReader _reader = new();

    /// <summary>Reads every field of every message; returns how many messages there are.</summary>
    public int ReadAll(ReadOnlySpan<byte> bytes, RecordSchema schema)
    {
        int messages = 0;
        for (; !bytes.IsEmpty; messages++)
            bytes = bytes[Read(bytes, schema, out _)..];
        return messages;
    }

    /// <summary>Does the same, and checks prefixes and sequence numbers of Update records.</summary>
    public int ReadUpdates(ReadOnlySpan<byte> bytes)
    {
        int messages = 0;
        while (!bytes.IsEmpty)
        {
            int length = Read(bytes, UpdateSchema.Update, out var record);
            messages++;
            CheckPrefix(record);
            Require(record.ReadUInt64(Sequence) == (ulong)messages, "the sequence numbers have a gap");
            bytes = bytes[length..];
        }
        return messages;
    }

    /// <summary>Returns the place of the record about a stream that cannot be read any further.</summary>
    public static Range LetterOfClosing(ReadOnlySpan<byte> malformed)
    {
        var reader = new MessageReader();
        int length;
        for (int at = 0; reader.TryRead(malformed[at..], out var record, out length); at += length)
        {
            if (record.ReadByte(Action) == (byte)BmpErrorAction.CloseSession)
                return at..(at + length);
        }
        return ..0;
    }

    private int Read(ReadOnlySpan<byte> bytes, RecordSchema schema, out StructReader record)
    {
        int steps = 0;
        if (!_reader.TryRead(bytes, out record, out int length) || !RecordWalk.TryWalk(schema, record, ref steps))
            Assert.Fail(
                $"a record cannot be read: "
                + $"{_reader.Error}\n{Convert.ToHexString(bytes[..Math.Min(bytes.Length, Math.Max(length, 512))])}");
        return length;
    }

    private static void CheckPrefix(StructReader record)
    {
        Require(record.TryReadData(PrefixAddr, out var address) && address.Length == 16, "a prefix has no 16 bytes");
        bool isIpv4 = record.ReadUInt16(Afi) == 1;
        int bits = record.ReadByte(PrefixLen);
        Require(bits <= (isIpv4 ? 32 : 128), "a prefix has more bits than an address");
        Require(!isIpv4 || address.StartsWith(MappedPrefix), "an IPv4 prefix is not mapped");
        bits += isIpv4 ? 96 : 0;
        bool isClean = bits % 8 == 0 || (byte)(address[bits / 8] << bits % 8) == 0;
        Require(isClean && !address[((bits + 7) / 8)..].ContainsAnyExcept((byte)0), "a prefix has host bits");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            Assert.Fail(otherwise);
    }
}
