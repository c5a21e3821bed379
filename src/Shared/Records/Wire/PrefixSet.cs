using System.Net;
using System.Net.Sockets;

namespace Shared.Records.Wire;

/// <summary>Says whether a set of IPv4 and IPv6 prefixes contains an address. A prefix contains only addresses of its own family.</summary>
public sealed class PrefixSet
{
    private const int MappedBits = 96;

    private readonly Entry[] _entries;

    public PrefixSet(IEnumerable<IPNetwork> prefixes) => _entries = [.. prefixes.Select(From)];

    public bool IsEmpty => _entries.Length == 0;

    public bool Contains(in Ipv6Address address)
    {
        bool isV4 = address.IsMappedV4;
        foreach (ref readonly var entry in _entries.AsSpan())
        {
            if (entry.IsV4 == isV4
                && (address.First & entry.Mask.First) == entry.Network.First
                && (address.Second & entry.Mask.Second) == entry.Network.Second)
                return true;
        }
        return false;
    }

    private static Entry From(IPNetwork prefix)
    {
        bool isV4 = prefix.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
        int length = isV4 ? MappedBits + prefix.PrefixLength : prefix.PrefixLength;
        Span<byte> mask = stackalloc byte[16];
        mask.Clear();
        mask[..(length / 8)].Fill(0xFF);
        if (length % 8 != 0)
            mask[length / 8] = (byte)(0xFF00 >> (length % 8));
        bool isMapped = prefix.BaseAddress.IsIPv4MappedToIPv6 && length >= MappedBits;
        return new Entry(Ipv6Address.From(prefix.BaseAddress), Ipv6Address.FromV6(mask), isV4 || isMapped);
    }

    private readonly record struct Entry(Ipv6Address Network, Ipv6Address Mask, bool IsV4);
}
