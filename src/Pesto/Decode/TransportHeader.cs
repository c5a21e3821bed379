using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Pesto.Record;

namespace Pesto.Decode;

/// <summary>
/// Reads ports, TCP flags and ICMP type of TCP (RFC 9293 3.1), UDP, DCCP, SCTP, UDP-Lite and ICMP, as far as the bytes reach.
/// </summary>
internal static class TransportHeader
{
    private const byte Icmp = 1, Tcp = 6, Udp = 17, Dccp = 33, IcmpV6 = 58, Sctp = 132, UdpLite = 136;
    private const int TcpFlagsAt = 13;

    // The parts that each protocol's header has: bits of FlowParts from Ports on.
    private const int PartsShift = 7;
    private static readonly byte[] Parts = MakeParts();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte protocol, ReadOnlySpan<byte> header, ref FlowRow row)
    {
        if (header.Length <= TcpFlagsAt)
        {
            ReadShort(protocol, header, ref row);
            return;
        }
        // Masks select the fields, because a branch on the protocol would often be mispredicted.
        uint parts = Parts[protocol];
        uint ports = 0 - (parts & 1), icmp = 0 - (parts >> 1 & 1), tcp = 0 - (parts >> 2);
        uint word = BinaryPrimitives.ReadUInt32BigEndian(header);
        row.SrcPort = (word >> 16) & ports;
        row.DstPort = (ushort)word & ports;
        row.TcpFlags = header[TcpFlagsAt] & tcp;
        row.IcmpType = (byte)(word >> 24 & icmp);
        row.IcmpCode = (byte)(word >> 16 & icmp);
        row.Present |= (FlowParts)(parts << PartsShift);
    }

    private static byte[] MakeParts()
    {
        const int ports = (int)FlowParts.Ports >> PartsShift;
        const int icmp = (int)FlowParts.Icmp >> PartsShift;
        const int tcp = (int)FlowParts.TcpFlags >> PartsShift;
        var parts = new byte[byte.MaxValue + 1];
        parts[Icmp] = parts[IcmpV6] = icmp;
        parts[Udp] = parts[Dccp] = parts[Sctp] = parts[UdpLite] = ports;
        parts[Tcp] = ports | tcp;
        return parts;
    }

    // The header is cut before TCP's flags.
    private static void ReadShort(byte protocol, ReadOnlySpan<byte> header, ref FlowRow row)
    {
        switch (protocol)
        {
            case Tcp or Udp or Dccp or Sctp or UdpLite:
                ReadPorts(header, ref row);
                break;
            case Icmp or IcmpV6 when header.Length >= 2:
                row.IcmpType = header[0];
                row.IcmpCode = header[1];
                row.Present |= FlowParts.Icmp;
                break;
        }
    }

    /// <summary>
    /// Reads the end of sampled_ipv4 and sampled_ipv6: source port(4) destination port(4) TCP flags(4) TOS or priority(4).
    /// </summary>
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
