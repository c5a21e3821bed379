using Shared.Records.Wire;

namespace Risotto.Decode.Bgp;

/// <summary>
/// What the two OPENs of a Peer Up agree on, as far as it changes how UPDATEs are read. "Sent" is the monitored router's OPEN,
/// "received" its peer's. One bit per <see cref="AddressFamily.Index"/>.
/// </summary>
internal readonly record struct PeerCapabilities
{
    private const byte CanReceive = 1, CanSend = 2;

    /// <summary>Families whose Adj-RIB-In carries path identifiers: the router receives, the peer sends (RFC 7911 4).</summary>
    public byte AddPathIn { get; private init; }

    /// <summary>Families whose Adj-RIB-Out carries them: the router sends, the peer receives.</summary>
    public byte AddPathOut { get; private init; }

    /// <summary>Families for which either OPEN names ADD-PATH: a Loc-RIB peer's OPENs are made up by the router (RFC 9069 4.4).</summary>
    public byte AddPathEither { get; private init; }

    /// <summary>Families both speak (RFC 4760 8).</summary>
    public byte MultiProtocol { get; private init; }

    /// <summary>Families that may have IPv6 next hops (RFC 8950 4), in both OPENs.</summary>
    public byte ExtendedNextHop { get; private init; }

    /// <summary>Both have the 4-octet AS number capability.</summary>
    public bool FourOctetAs { get; private init; }

    /// <summary>Both have the extended message capability (RFC 8654).</summary>
    public bool ExtendedMessage { get; private init; }

    /// <summary>AS number of the sent OPEN.</summary>
    public uint LocalAs { get; private init; }

    public static PeerCapabilities Negotiate(in OpenMessage sent, in OpenMessage received)
    {
        var router = Side.Of(sent);
        var peer = Side.Of(received);
        return new PeerCapabilities
        {
            AddPathIn = (byte)(router.AddPathReceive & peer.AddPathSend),
            AddPathOut = (byte)(router.AddPathSend & peer.AddPathReceive),
            AddPathEither = (byte)(router.AddPathReceive | router.AddPathSend | peer.AddPathReceive | peer.AddPathSend),
            MultiProtocol = (byte)(router.MultiProtocol & peer.MultiProtocol),
            ExtendedNextHop = (byte)(router.ExtendedNextHop & peer.ExtendedNextHop),
            FourOctetAs = router.FourOctetAs && peer.FourOctetAs,
            ExtendedMessage = router.ExtendedMessage && peer.ExtendedMessage,
            LocalAs = sent.As,
        };
    }

    private record struct Side
    {
        public byte AddPathReceive, AddPathSend, MultiProtocol, ExtendedNextHop;
        public bool FourOctetAs, ExtendedMessage;

        public static Side Of(in OpenMessage open)
        {
            var side = new Side();
            foreach (var capability in open.Capabilities)
            {
                var value = new WireReader(capability.Value);
                switch (capability.Code)
                {
                    case CapabilityCode.MultiProtocol:
                        // AFI (2), Reserved (1), SAFI (1).
                        if (value.TryReadUInt16(out ushort afi) && value.TrySkip(1) && value.TryReadByte(out byte safi))
                            side.MultiProtocol |= Bit(afi, safi);
                        break;
                    case CapabilityCode.ExtendedNextHop:
                        // NLRI AFI (2), NLRI SAFI (2), Nexthop AFI (2), repeated.
                        while (value.TryReadUInt16(out afi) && value.TryReadUInt16(out ushort wideSafi) && value.TryReadUInt16(out _))
                            side.ExtendedNextHop |= Bit(afi, (byte)wideSafi);
                        break;
                    case CapabilityCode.AddPath:
                        // AFI (2), SAFI (1), Send/Receive (1), repeated.
                        while (value.TryReadUInt16(out afi) && value.TryReadByte(out safi) && value.TryReadByte(out byte direction))
                        {
                            side.AddPathReceive |= (direction & CanReceive) != 0 ? Bit(afi, safi) : (byte)0;
                            side.AddPathSend |= (direction & CanSend) != 0 ? Bit(afi, safi) : (byte)0;
                        }
                        break;
                    case CapabilityCode.FourOctetAs:
                        side.FourOctetAs = true;
                        break;
                    case CapabilityCode.ExtendedMessage:
                        side.ExtendedMessage = true;
                        break;
                }
            }
            return side;
        }

        private static byte Bit(ushort afi, byte safi)
        {
            int index = new AddressFamily(afi, safi).Index;
            return index < 0 ? (byte)0 : (byte)(1 << index);
        }
    }
}
