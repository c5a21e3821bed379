using System.Buffers.Binary;
using Shared.Records.Wire;

namespace Risotto.Decode.Bgp;

/// <summary>
/// MP_REACH_NLRI, RFC 4760 3: AFI (2), SAFI (1), Length of Next Hop (1), Next Hop, Reserved (1), NLRI to the end.
/// Positions are bytes of the BGP message.
/// </summary>
internal readonly record struct MpReachNlri(AddressFamily Family, int NextHopStart, int NextHopLength, int NlriStart, int NlriEnd)
{
    // AFI, SAFI and Length of Next Hop come before the next hop, Reserved after it.
    private const int NextHopLengthOffset = 3, NextHopOffset = 4, FixedLength = 5;

    public static bool TryRead(ReadOnlySpan<byte> message, int start, int length, out MpReachNlri reach)
    {
        reach = default;
        if (length < FixedLength)
            return false;
        int nextHopLength = message[start + NextHopLengthOffset];
        if (nextHopLength > length - FixedLength)
            return false;
        reach = new MpReachNlri(
            new AddressFamily(BinaryPrimitives.ReadUInt16BigEndian(message[start..]), message[start + 2]),
            start + NextHopOffset, nextHopLength, start + FixedLength + nextHopLength, start + length);
        return true;
    }

    /// <summary>
    /// RFC 4760, 2545 and 8950: 4 bytes (IPv4 only) or 16, or 32 with a link-local address after it; in VPN families each
    /// address follows 8 bytes of Route Distinguisher.
    /// </summary>
    public bool HasUsualNextHopLength => Family.HasRouteDistinguisher
        ? NextHopLength is 24 or 48 || (NextHopLength == 12 && Family.IsIpv4)
        : NextHopLength is 16 or 32 || (NextHopLength == 4 && Family.IsIpv4);

    /// <summary>
    /// The length alone says what the next hop is: routers write the next hops of VPN families without a Route Distinguisher
    /// (RFC 5549 3), and others with one.
    /// </summary>
    public bool HasReadableNextHop => NextHopLength is 4 or 12 or 16 or 24 or 32 or 48;

    /// <summary>The next hop, the global one where there are two; :: where there is none.</summary>
    public Ipv6Address NextHop(ReadOnlySpan<byte> message) => NextHopLength switch
    {
        4 => Ipv6Address.FromV4(message[NextHopStart..]),
        12 => Ipv6Address.FromV4(message[(NextHopStart + 8)..]),
        16 or 32 => Ipv6Address.FromV6(message[NextHopStart..]),
        24 or 48 => Ipv6Address.FromV6(message[(NextHopStart + 8)..]),
        _ => default,
    };

    /// <summary>RFC 2545 3: the link-local next hop, empty where there is none.</summary>
    public ReadOnlySpan<byte> LinkLocalNextHop(ReadOnlySpan<byte> message) => NextHopLength switch
    {
        32 => message.Slice(NextHopStart + 16, 16),
        48 => message.Slice(NextHopStart + 32, 16),
        _ => default,
    };
}
