using Pesto.Record;

namespace Pesto.Decode;

/// <summary>Reads the first bytes of a packet from its link layer to its transport header, as far as the bytes reach.</summary>
internal static class SampledPacket
{
    // sflow_version_5.txt, "header_protocol".
    private const uint Ethernet = 1, Ppp = 7, Ipv4 = 11, Ipv6 = 12, Mpls = 13;

    public static FlowSkip Read(uint headerProtocol, ReadOnlySpan<byte> header, bool includeIpv4, ref FlowRow row)
    {
        switch (headerProtocol)
        {
            case Ethernet:
                var skip = EthernetHeader.FindIp(header, ref row, out int at);
                return skip == FlowSkip.None ? ReadIp(header[at..], includeIpv4, ref row) : skip;
            case Ipv4 or Ipv6:
                row.EtherType = headerProtocol == Ipv4 ? EthernetHeader.Ipv4Type : EthernetHeader.Ipv6Type;
                return ReadIp(header, includeIpv4, ref row);
            case Mpls:
                skip = MplsStack.Skip(header, 0, out at);
                return skip == FlowSkip.None ? ReadIp(header[at..], includeIpv4, ref row) : skip;
            case Ppp:
                skip = PppHeader.FindIp(header, 0, out at);
                return skip == FlowSkip.None ? ReadIp(header[at..], includeIpv4, ref row) : skip;
            default:
                return FlowSkip.HeaderProtocol;
        }
    }

    private static FlowSkip ReadIp(ReadOnlySpan<byte> packet, bool includeIpv4, ref FlowRow row)
    {
        if (packet.IsEmpty)
            return FlowSkip.HeaderCut;
        return (packet[0] >> 4) switch
        {
            6 => Ipv6Header.Read(packet, ref row),
            4 when !includeIpv4 => FlowSkip.Ipv4,
            4 => Ipv4Header.Read(packet, ref row),
            _ => FlowSkip.NotIp,
        };
    }
}
