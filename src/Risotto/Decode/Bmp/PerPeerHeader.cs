using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Shared.Records.Wire;

namespace Risotto.Decode.Bmp;

/// <summary>
/// The per-peer header, RFC 7854 4.2, 42 octets: Peer Type (1), Peer Flags (1), Peer Distinguisher (8), Peer Address (16),
/// Peer AS (4), Peer BGP ID (4), Timestamp seconds (4) and microseconds (4).
/// </summary>
internal readonly ref struct PerPeerHeader
{
    public const int Length = 42;

    private const ulong NsPerSecond = 1_000_000_000, NsPerMicrosecond = 1_000;

    private readonly ReadOnlySpan<byte> _octets;

    /// <summary>A view of the 42 octets.</summary>
    public PerPeerHeader(ReadOnlySpan<byte> octets) => _octets = octets[..Length];

    public PeerType PeerType => (PeerType)_octets[0];

    public PeerFlags Flags => (PeerFlags)_octets[1];

    /// <summary>The eight octets as a big-endian number.</summary>
    public ulong Distinguisher => BinaryPrimitives.ReadUInt64BigEndian(_octets[2..]);

    /// <summary>IPv4 (V flag clear: the last four octets) as ::ffff:a.b.c.d; Loc-RIB peers have none: ::.</summary>
    public Ipv6Address Address => PeerType == PeerType.LocRib ? default
        : (Flags & PeerFlags.V) != 0 ? Ipv6Address.FromV6(_octets[10..]) : Ipv6Address.FromV4(_octets[22..]);

    public uint As => BinaryPrimitives.ReadUInt32BigEndian(_octets[26..]);

    public uint BgpId => BinaryPrimitives.ReadUInt32BigEndian(_octets[30..]);

    /// <summary>Nanoseconds since 1970 UTC, microsecond precision; 0 where the router gives no time.</summary>
    public ulong TimestampNs => BinaryPrimitives.ReadUInt32BigEndian(_octets[34..]) * NsPerSecond
        + BinaryPrimitives.ReadUInt32BigEndian(_octets[38..]) * NsPerMicrosecond;

    /// <summary>Everything but the time, as a key.</summary>
    public PerPeerHeaderKey Key => MemoryMarshal.Read<PerPeerHeaderKey>(_octets);

    /// <summary>Is <paramref name="key"/> this header's key? Without making one: routers repeat it, message after message.</summary>
    public bool Has(in PerPeerHeaderKey key)
    {
        var octets = _octets[..PerPeerHeaderKey.Length];
        return MemoryMarshal.Read<ulong>(octets) == key.A
            && MemoryMarshal.Read<ulong>(octets[8..]) == key.B
            && MemoryMarshal.Read<ulong>(octets[16..]) == key.C
            && MemoryMarshal.Read<ulong>(octets[24..]) == key.D
            && MemoryMarshal.Read<ushort>(octets[32..]) == key.E;
    }
}

/// <summary>The 34 octets of a per-peer header before its timestamp, compared as they stand on the wire.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct PerPeerHeaderKey(ulong A, ulong B, ulong C, ulong D, ushort E)
{
    public const int Length = 34;

    /// <summary>The header with these octets and the time 0.</summary>
    public byte[] ToHeader()
    {
        byte[] octets = new byte[PerPeerHeader.Length];
        MemoryMarshal.Write(octets, this);
        return octets;
    }
}
