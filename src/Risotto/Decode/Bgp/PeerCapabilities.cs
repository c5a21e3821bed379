using Shared.Records.Wire;

namespace Risotto.Decode.Bgp;

/// <summary>
/// The result of the two OPENs of a Peer Up, as far as it changes how UPDATEs are read. "Sent" is the monitored router's OPEN,
/// "received" its peer's. One bit for each <see cref="AddressFamily.Index"/>.
/// </summary>
internal readonly record struct PeerCapabilities
{
    private const byte CanReceive = 1, CanSend = 2;

    /// <summary>Families whose Adj-RIB-In carries path identifiers: the router receives, the peer sends (RFC 7911 4).</summary>
    public byte AddPathIn { get; private init; }

    /// <summary>Families whose Adj-RIB-Out carries them: the router sends, the peer receives.</summary>
    public byte AddPathOut { get; private init; }

    /// <summary>Families for which either OPEN names ADD-PATH: the router makes up the OPENs of a Loc-RIB peer (RFC 9069 4.4).</summary>
    public byte AddPathEither { get; private init; }

    /// <summary>Families whose prefixes may have more than one label: both OPENs say so (RFC 8277 2.1).</summary>
    public byte LabelStacks { get; private init; }

    /// <summary>AS number of the sent OPEN.</summary>
    public uint LocalAs { get; private init; }

    public static PeerCapabilities Negotiate(in OpenMessage sent, in OpenMessage received)
    {
        var (routerReceives, routerSends) = AddPath(sent);
        var (peerReceives, peerSends) = AddPath(received);
        return new PeerCapabilities
        {
            AddPathIn = (byte)(routerReceives & peerSends),
            AddPathOut = (byte)(routerSends & peerReceives),
            AddPathEither = (byte)(routerReceives | routerSends | peerReceives | peerSends),
            LabelStacks = (byte)(MultipleLabels(sent) & MultipleLabels(received)),
            LocalAs = sent.As,
        };
    }

    // AFI (2), SAFI (1), Send/Receive (1), repeated.
    private static (byte Receives, byte Sends) AddPath(in OpenMessage open)
    {
        int receives = 0, sends = 0;
        foreach (var capability in open.Capabilities)
        {
            if (capability.Code != CapabilityCode.AddPath)
                continue;
            var value = new WireReader(capability.Value);
            while (TryReadFamily(ref value, out int family, out byte direction))
            {
                receives |= (direction & CanReceive) != 0 ? family : 0;
                sends |= (direction & CanSend) != 0 ? family : 0;
            }
        }
        return ((byte)receives, (byte)sends);
    }

    // AFI (2), SAFI (1), Count (1), repeated. A count of 0 or 1 says no more than that the family has labels.
    private static byte MultipleLabels(in OpenMessage open)
    {
        int families = 0;
        foreach (var capability in open.Capabilities)
        {
            if (capability.Code != CapabilityCode.MultipleLabels)
                continue;
            var value = new WireReader(capability.Value);
            while (TryReadFamily(ref value, out int family, out byte count))
                families |= count > 1 ? family : 0;
        }
        return (byte)families;
    }

    // The bit of the family, 0 where it is not decoded, and the byte after it.
    private static bool TryReadFamily(ref WireReader value, out int family, out byte after)
    {
        (family, after) = (0, 0);
        if (!value.TryReadUInt16(out ushort afi) || !value.TryReadByte(out byte safi) || !value.TryReadByte(out after))
            return false;
        int index = new AddressFamily(afi, safi).Index;
        family = index < 0 ? 0 : 1 << index;
        return true;
    }
}
