using System.Buffers.Binary;

namespace Pesto.Decode;

/// <summary>Finds the IP header after a PPP header (RFC 1661 2) or a PPPoE header (RFC 2516 4).</summary>
internal static class PppHeader
{
    private const ushort Ipv4 = 0x0021, Ipv6 = 0x0057;
    private const int PppoeBytes = 6;

    /// <summary>Version and type(1) code(1: 0 in a session) session(2) length(2), then PPP without address and control.</summary>
    public static FlowSkip FindIpInPppoe(ReadOnlySpan<byte> frame, int start, out int at) =>
        SkipProtocol(frame, start + PppoeBytes, out at);

    /// <summary>Address and control (FF 03), which a sender may leave out, and the protocol.</summary>
    public static FlowSkip FindIp(ReadOnlySpan<byte> frame, int start, out int at) =>
        SkipProtocol(frame, frame[start..] is [0xFF, 0x03, ..] ? start + 2 : start, out at);

    // A protocol number whose first byte is odd has only that byte (RFC 1661 6.5).
    private static FlowSkip SkipProtocol(ReadOnlySpan<byte> frame, int start, out int at)
    {
        at = start + 2;
        if (frame.Length < at)
            return FlowSkip.HeaderCut;
        int protocol = BinaryPrimitives.ReadUInt16BigEndian(frame[start..]);
        if ((protocol & 0x0100) != 0)
        {
            protocol >>= 8;
            at--;
        }
        return protocol is Ipv4 or Ipv6 ? FlowSkip.None : FlowSkip.NotIp;
    }
}
