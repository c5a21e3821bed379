using System.Buffers.Binary;
using System.IO.Hashing;
using Risotto.Curate;
using Risotto.Decode.Bgp;
using Shared.Records.Wire;

namespace Risotto.State;

/// <summary>The kinds of block, with their numbers in files.</summary>
internal enum StateBlockKind : uint
{
    /// <summary>Router address (16), port of its last session (2).</summary>
    Router = 1,

    /// <summary>Per-peer header without its time (34), of the last router.</summary>
    View = 2,

    /// <summary>Index of the address family (1), kind of the keys (1), 6 zero bytes, routes; of the last view.</summary>
    Routes = 3,

    /// <summary>The number of blocks before this one (8). A file without it is cut short.</summary>
    End = 4,

    /// <summary>Keys of records, in a journal. See <see cref="JournalKeys"/>.</summary>
    Keys = 5,
}

/// <summary>
/// Writes and reads the blocks of a state file or journal: kind (4), bytes of the payload (4), XxHash3 (8) of both and the payload with
/// the file's number and the block's own as seed, payload. Little-endian.
/// </summary>
internal static class StateBlock
{
    public const int HeaderLength = 16;

    /// <summary>A longer payload is not believed.</summary>
    public const int MaxPayload = 16 << 20;

    /// <summary>The payload of a Router block, and the bytes of a Routes block before its routes.</summary>
    public const int RouterLength = AddressLength + sizeof(ushort), RoutesHeaderLength = 8;

    private const int AddressLength = 16;

    /// <summary>Writes the payload of a Router block.</summary>
    public static void WriteRouter(Span<byte> payload, Ipv6Address address, ushort port)
    {
        address.CopyTo(payload);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[AddressLength..], port);
    }

    /// <summary>The port of a Router block.</summary>
    public static ushort ReadPort(ReadOnlySpan<byte> payload) => BinaryPrimitives.ReadUInt16LittleEndian(payload[AddressLength..]);

    /// <summary>Writes the start of the payload of a Routes block.</summary>
    public static void WriteRoutesHeader(Span<byte> payload, int family, RouteKeyKind keys)
    {
        payload[..RoutesHeaderLength].Clear();
        (payload[0], payload[1]) = ((byte)family, (byte)keys);
    }

    /// <summary>Reads the payload of a Routes block; false: it is of an unknown family or kind.</summary>
    public static bool TryReadRoutes(ReadOnlySpan<byte> payload, out int family, out RouteKeyKind keys, out ReadOnlySpan<byte> routes)
    {
        (family, keys) = (payload[0], (RouteKeyKind)payload[1]);
        routes = payload[RoutesHeaderLength..];
        return family < AddressFamily.IndexCount && keys <= RouteKeyKind.VpnPath;
    }

    /// <summary>Writes the header of a block whose payload is there already.</summary>
    public static void Seal(Span<byte> block, StateBlockKind kind, ulong seed)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(block, (uint)kind);
        BinaryPrimitives.WriteUInt32LittleEndian(block[4..], (uint)(block.Length - HeaderLength));
        BinaryPrimitives.WriteUInt64LittleEndian(block[8..], Checksum(block, seed));
    }

    /// <summary>Reads the kind and the length of the payload; false: they are not possible.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out StateBlockKind kind, out int length)
    {
        kind = (StateBlockKind)BinaryPrimitives.ReadUInt32LittleEndian(header);
        uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        length = (int)bytes;
        return bytes <= MaxPayload && kind is >= StateBlockKind.Router and <= StateBlockKind.Keys;
    }

    /// <summary>True if the whole block is as it was written.</summary>
    public static bool IsSound(ReadOnlySpan<byte> block, ulong seed) =>
        BinaryPrimitives.ReadUInt64LittleEndian(block[8..]) == Checksum(block, seed);

    private static ulong Checksum(ReadOnlySpan<byte> block, ulong seed)
    {
        ulong header = BinaryPrimitives.ReadUInt64LittleEndian(block);
        return XxHash3.HashToUInt64(block[HeaderLength..], (long)(seed ^ header));
    }
}
