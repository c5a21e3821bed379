using System.Buffers.Binary;
using Shared.Records.Wire;

namespace Risotto.Decode.Bgp;

/// <summary>
/// Identifies a route of a view and address family: prefix, path identifier and Route Distinguisher. The prefix is two big-endian
/// numbers, host bits cleared; IPv4 is the upper 32 bits of the first.
/// </summary>
internal readonly record struct RouteIdentity(ulong High, ulong Low, byte Length, uint PathId, bool HasPathId, ulong RouteDistinguisher)
{
    public uint Ipv4 => (uint)(High >> 32);

    /// <summary>The prefix as an address, IPv4 as ::ffff:a.b.c.d.</summary>
    public Ipv6Address Address(AddressFamily family) => family.IsIpv4
        ? Ipv6Address.FromV4(Ipv4)
        : new Ipv6Address(BinaryPrimitives.ReverseEndianness(High), BinaryPrimitives.ReverseEndianness(Low));
}
