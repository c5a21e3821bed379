namespace Pesto.Decode;

/// <summary>Skips an MPLS label stack (RFC 3032 2.1): entries of label(20 bits) class(3) bottom of stack(1) TTL(8).</summary>
internal static class MplsStack
{
    private const int MaxEntries = 32;

    /// <param name="frame">The frame.</param>
    /// <param name="start">Offset of the stack.</param>
    /// <param name="at">
    /// Offset of the IP header. A payload whose first four bits are neither 4 nor 6 is no IP packet (RFC 4928 3).
    /// </param>
    public static FlowSkip Skip(ReadOnlySpan<byte> frame, int start, out int at)
    {
        at = start;
        for (int i = 0; i < MaxEntries; i++)
        {
            if (frame.Length < at + 4)
                return FlowSkip.HeaderCut;
            bool isBottom = (frame[at + 2] & 1) != 0;
            at += 4;
            if (!isBottom)
                continue;
            return at >= frame.Length ? FlowSkip.HeaderCut : frame[at] >> 4 is 4 or 6 ? FlowSkip.None : FlowSkip.NotIp;
        }
        return FlowSkip.NotIp;
    }
}
