using System.Buffers.Binary;

namespace Pesto.Decode;

/// <summary>RFC 1661 2 and RFC 2516 4.</summary>
internal static class PppHeader
{
    private const ushort Ipv4 = 0x0021, Ipv6 = 0x0057;
    private const int PppoeBytes = 6;

    /// <summary>Version and type(1) code(1: 0 in a session) session(2) length(2), then PPP without address and control.</summary>
    public static FlowSkip FindIpBehindPppoe(ReadOnlySpan<byte> octets, int start, out int at) => BehindProtocol(octets, start + PppoeBytes, out at);

    /// <summary>Address and control (FF 03), which may be left out, and the protocol.</summary>
    public static FlowSkip FindIp(ReadOnlySpan<byte> octets, int start, out int at) =>
        BehindProtocol(octets, octets[start..] is [0xFF, 0x03, ..] ? start + 2 : start, out at);

    // A protocol number whose first octet is odd has only that one (RFC 1661 6.5).
    private static FlowSkip BehindProtocol(ReadOnlySpan<byte> octets, int start, out int at)
    {
        at = start + 2;
        if (octets.Length < at)
            return FlowSkip.HeaderCut;
        int protocol = BinaryPrimitives.ReadUInt16BigEndian(octets[start..]);
        if ((protocol & 0x0100) != 0)
        {
            protocol >>= 8;
            at--;
        }
        return protocol is Ipv4 or Ipv6 ? FlowSkip.None : FlowSkip.NotIp;
    }
}
