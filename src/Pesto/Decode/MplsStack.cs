namespace Pesto.Decode;

/// <summary>RFC 3032 2.1: entries of label(20 bits) class(3) bottom of stack(1) TTL(8).</summary>
internal static class MplsStack
{
    private const int MaxEntries = 32;

    /// <param name="octets">The frame.</param>
    /// <param name="start">Where the stack begins.</param>
    /// <param name="at">Where the IP header begins; a payload that is neither IPv4 nor IPv6 by its first four bits is no IP packet (RFC 4928 3).</param>
    public static FlowSkip Skip(ReadOnlySpan<byte> octets, int start, out int at)
    {
        at = start;
        for (int i = 0; i < MaxEntries; i++)
        {
            if (octets.Length < at + 4)
                return FlowSkip.HeaderCut;
            bool isBottom = (octets[at + 2] & 1) != 0;
            at += 4;
            if (!isBottom)
                continue;
            return at >= octets.Length ? FlowSkip.HeaderCut : octets[at] >> 4 is 4 or 6 ? FlowSkip.None : FlowSkip.NotIp;
        }
        return FlowSkip.NotIp;
    }
}
