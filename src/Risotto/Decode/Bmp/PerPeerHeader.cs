using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Risotto.Frame;
using Shared.Records.Wire;

namespace Risotto.Decode.Bmp;

/// <summary>
/// The per-peer header, RFC 7854 4.2, 42 bytes after the common header: Peer Type (1), Peer Flags (1), Peer Distinguisher (8), Peer
/// Address (16), Peer AS (4), Peer BGP ID (4), Timestamp seconds (4) and microseconds (4).
/// </summary>
internal readonly ref struct PerPeerHeader
{
    public const int Length = 42;

    /// <summary>
    /// Where it starts in a BMP message, and where what follows it starts: in Route Monitoring (RFC 7854 4.6) the BGP message.
    /// </summary>
    public const int Offset = CommonHeader.Length, End = Offset + Length;

    private const int FlagsOffset = 1, DistinguisherOffset = 2, AddressOffset = 10, Ipv4AddressOffset = AddressOffset + 12, AsOffset = 26,
        BgpIdOffset = 30, SecondsOffset = 34, MicrosecondsOffset = 38;

    private const ulong NsPerSecond = 1_000_000_000, NsPerMicrosecond = 1_000;

    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>A view of the 42 bytes.</summary>
    public PerPeerHeader(ReadOnlySpan<byte> bytes) => _bytes = bytes[..Length];

    public PeerType PeerType => (PeerType)_bytes[0];

    public PeerFlags Flags => (PeerFlags)_bytes[FlagsOffset];

    /// <summary>The eight bytes as a big-endian number.</summary>
    public ulong Distinguisher => BinaryPrimitives.ReadUInt64BigEndian(_bytes[DistinguisherOffset..]);

    /// <summary>IPv4 (V flag clear: the last four bytes) as ::ffff:a.b.c.d; Loc-RIB peers have none: ::.</summary>
    public Ipv6Address Address => PeerType == PeerType.LocRib ? default
        : (Flags & PeerFlags.V) != 0 ? Ipv6Address.FromV6(_bytes[AddressOffset..]) : Ipv6Address.FromV4(_bytes[Ipv4AddressOffset..]);

    public uint As => BinaryPrimitives.ReadUInt32BigEndian(_bytes[AsOffset..]);

    public uint BgpId => BinaryPrimitives.ReadUInt32BigEndian(_bytes[BgpIdOffset..]);

    /// <summary>Nanoseconds since 1970 UTC, microsecond precision; 0 where the router gives no time.</summary>
    public ulong TimestampNs => BinaryPrimitives.ReadUInt32BigEndian(_bytes[SecondsOffset..]) * NsPerSecond
        + BinaryPrimitives.ReadUInt32BigEndian(_bytes[MicrosecondsOffset..]) * NsPerMicrosecond;

    public PeerKey Peer => new(PeerType, Distinguisher, Address, HasLinkLocalAddress ? (ulong)As << 32 | BgpId : 0);

    /// <summary>The RIB that the type and the flags name.</summary>
    public RibView RibView => PeerType == PeerType.LocRib
        ? RibView.LocRib
        : (RibView)(((Flags & PeerFlags.L) != 0 ? 1 : 0) + ((Flags & PeerFlags.O) != 0 ? 2 : 0));

    public ViewKey View => new(Peer, RibView);

    /// <summary>Everything but the time, as a key.</summary>
    public PerPeerHeaderKey Key => MemoryMarshal.Read<PerPeerHeaderKey>(_bytes);

    /// <summary>Writes a header without its time into bytes that are zero: the reverse of the properties.</summary>
    public static void Write(
        Span<byte> bytes, PeerType type, PeerFlags flags, ulong distinguisher, Ipv6Address peer, uint asNumber, uint bgpId)
    {
        (bytes[0], bytes[FlagsOffset]) = ((byte)type, (byte)flags);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[DistinguisherOffset..], distinguisher);
        if (type != PeerType.LocRib && (flags & PeerFlags.V) == 0)
        {
            // An IPv4 address has no prefix of a mapped one here.
            Span<byte> mapped = stackalloc byte[16];
            peer.CopyTo(mapped);
            mapped[^4..].CopyTo(bytes[Ipv4AddressOffset..]);
        }
        else
            peer.CopyTo(bytes[AddressOffset..]);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[AsOffset..], asNumber);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[BgpIdOffset..], bgpId);
    }

    // fe80::/10, RFC 4291 2.5.6.
    private bool HasLinkLocalAddress => PeerType != PeerType.LocRib && (Flags & PeerFlags.V) != 0
        && _bytes[AddressOffset] == 0xFE && (_bytes[AddressOffset + 1] & 0xC0) == 0x80;

    /// <summary>Compares the header with a key without making one: routers repeat the header, message after message.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Has(in PerPeerHeaderKey key)
    {
        var mine = _bytes[..PerPeerHeaderKey.Length];
        var other = MemoryMarshal.AsBytes(new ReadOnlySpan<PerPeerHeaderKey>(in key));
        return MemoryMarshal.Read<ulong>(mine) == MemoryMarshal.Read<ulong>(other)
            && MemoryMarshal.Read<ulong>(mine[8..]) == MemoryMarshal.Read<ulong>(other[8..])
            && MemoryMarshal.Read<ulong>(mine[16..]) == MemoryMarshal.Read<ulong>(other[16..])
            && MemoryMarshal.Read<ulong>(mine[24..]) == MemoryMarshal.Read<ulong>(other[24..])
            && MemoryMarshal.Read<ushort>(mine[32..]) == MemoryMarshal.Read<ushort>(other[32..]);
    }
}

/// <summary>
/// The 34 bytes of a per-peer header before its timestamp. The numbers stay in network byte order: they are only compared.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct PerPeerHeaderKey(
    PeerType PeerType, PeerFlags Flags, ulong Distinguisher, ulong AddressHigh, ulong AddressLow, uint As, uint BgpId)
{
    public const int Length = 34;

    /// <summary>The header with these bytes and the time 0.</summary>
    public byte[] ToHeader()
    {
        byte[] bytes = new byte[PerPeerHeader.Length];
        MemoryMarshal.Write(bytes, this);
        return bytes;
    }
}
