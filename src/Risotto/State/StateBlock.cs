using System.Buffers.Binary;
using System.IO.Hashing;

namespace Risotto.State;

/// <summary>What a block of a state file holds; the numbers stand in files.</summary>
internal enum StateBlockKind : uint
{
    /// <summary>Router address (16), port of its last session (2).</summary>
    Router = 1,

    /// <summary>Per-peer header without its time (34): of the router before.</summary>
    View = 2,

    /// <summary>Index of the address family (1), kind of the keys (1), 6 zero octets, routes: of the view before.</summary>
    Routes = 3,

    /// <summary>Blocks before this one (8). Without it the file is cut short.</summary>
    End = 4,

    /// <summary>Of a journal: keys of records. See <see cref="JournalKeys"/>.</summary>
    Keys = 5,
}

/// <summary>
/// A block of a state file or journal: kind (4), octets of the payload (4), XxHash3 (8) of both and the payload with the file's
/// number and the block's own as seed, payload. Little-endian.
/// </summary>
internal static class StateBlock
{
    public const int HeaderLength = 16;

    /// <summary>More is not believed.</summary>
    public const int MaxPayload = 16 << 20;

    /// <summary>Writes the header before a payload that stands behind it already.</summary>
    public static void Seal(Span<byte> block, StateBlockKind kind, ulong seed)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(block, (uint)kind);
        BinaryPrimitives.WriteUInt32LittleEndian(block[4..], (uint)(block.Length - HeaderLength));
        BinaryPrimitives.WriteUInt64LittleEndian(block[8..], Checksum(block, seed));
    }

    /// <summary>Kind and octets of the payload; false: they cannot be.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out StateBlockKind kind, out int length)
    {
        kind = (StateBlockKind)BinaryPrimitives.ReadUInt32LittleEndian(header);
        uint octets = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        length = (int)octets;
        return octets <= MaxPayload && kind is >= StateBlockKind.Router and <= StateBlockKind.Keys;
    }

    /// <summary>Whether the whole block is as it was written.</summary>
    public static bool IsSound(ReadOnlySpan<byte> block, ulong seed) => BinaryPrimitives.ReadUInt64LittleEndian(block[8..]) == Checksum(block, seed);

    private static ulong Checksum(ReadOnlySpan<byte> block, ulong seed)
    {
        ulong header = BinaryPrimitives.ReadUInt64LittleEndian(block);
        return XxHash3.HashToUInt64(block[HeaderLength..], (long)(seed ^ header));
    }
}
