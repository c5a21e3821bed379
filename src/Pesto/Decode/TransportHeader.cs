using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Pesto.Decode;

/// <summary>What a flow has of TCP (RFC 9293 3.1), UDP, DCCP, SCTP, UDP-Lite and ICMP, as far as the octets reach.</summary>
internal static class TransportHeader
{
    private const byte Icmp = 1, Tcp = 6, Udp = 17, Dccp = 33, IcmpV6 = 58, Sctp = 132, UdpLite = 136;
    private const int TcpFlagsAt = 13;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte protocol, ReadOnlySpan<byte> header, ref FlowRow row)
    {
        switch (protocol)
        {
            case Tcp:
                ReadPorts(header, ref row);
                if (header.Length > TcpFlagsAt)
                {
                    row.TcpFlags = header[TcpFlagsAt];
                    row.Present |= FlowParts.TcpFlags;
                }
                break;
            case Udp or Dccp or Sctp or UdpLite:
                ReadPorts(header, ref row);
                break;
            case Icmp or IcmpV6 when header.Length >= 2:
                row.IcmpType = header[0];
                row.IcmpCode = header[1];
                row.Present |= FlowParts.Icmp;
                break;
        }
    }

    /// <summary>As sampled_ipv4 and sampled_ipv6 end: source port(4) destination port(4) TCP flags(4) TOS or priority(4).</summary>
    public static void ReadNumbers(ReadOnlySpan<byte> numbers, ref FlowRow row)
    {
        row.SrcPort = BinaryPrimitives.ReadUInt32BigEndian(numbers);
        row.DstPort = BinaryPrimitives.ReadUInt32BigEndian(numbers[4..]);
        row.TcpFlags = BinaryPrimitives.ReadUInt32BigEndian(numbers[8..]);
        row.Tos = BinaryPrimitives.ReadUInt32BigEndian(numbers[12..]);
        if (row.Protocol is Tcp or Udp or Dccp or Sctp or UdpLite)
            row.Present |= FlowParts.Ports;
        if (row.Protocol == Tcp)
            row.Present |= FlowParts.TcpFlags;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadPorts(ReadOnlySpan<byte> header, ref FlowRow row)
    {
        if (header.Length < 4)
            return;
        row.SrcPort = BinaryPrimitives.ReadUInt16BigEndian(header);
        row.DstPort = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        row.Present |= FlowParts.Ports;
    }
}
