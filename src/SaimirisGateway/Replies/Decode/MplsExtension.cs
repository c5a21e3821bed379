using System.Buffers.Binary;

namespace SaimirisGateway.Replies.Decode;

/// <summary>The MPLS labels behind the quoted packet: extension structure of RFC 4884 7, label stack object of RFC 4950 3.</summary>
internal static class MplsExtension
{
    private const int IcmpHeaderBytes = 8, HeaderBytes = 4, ObjectHeaderBytes = 4, EntryBytes = 4;

    /// <summary>RFC 4884 5.5: where no length is told, the quoted packet is padded to this.</summary>
    private const int UntoldQuoteBytes = 128;

    public static bool MayFollow(ReadOnlySpan<byte> icmp, int quoteBytes) =>
        icmp.Length >= IcmpHeaderBytes + (quoteBytes > 0 ? quoteBytes : UntoldQuoteBytes) + HeaderBytes;

    /// <summary>
    /// version(4 bits) reserved(12) checksum(2), then objects: length(2) class(1) type(1) content. An extension whose checksum is wrong is none;
    /// a broken object ends it, and what stands before holds.
    /// </summary>
    public static ReplyRejection Read(ReadOnlySpan<byte> icmp, int quoteBytes, Reply reply)
    {
        var extension = icmp[(IcmpHeaderBytes + (quoteBytes > 0 ? quoteBytes : UntoldQuoteBytes))..];
        bool hasChecksum = BinaryPrimitives.ReadUInt16BigEndian(extension[2..]) != 0;
        if (extension[0] >> 4 != 2 || (hasChecksum && !IsSumRight(extension)))
            return ReplyRejection.None;
        // A zero says that there is none; without a length field the checksum is all that tells an extension from a long quote.
        if (!hasChecksum && quoteBytes == 0)
            return ReplyRejection.None;
        var rest = extension[HeaderBytes..];
        while (rest.Length >= ObjectHeaderBytes)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(rest);
            if (length < ObjectHeaderBytes || length > rest.Length)
                break;
            // RFC 4950 3: class 1, type 1.
            if (rest[2] == 1 && rest[3] == 1 && !TryReadStack(rest[ObjectHeaderBytes..length], reply))
                return ReplyRejection.TooManyLabels;
            rest = rest[length..];
        }
        return ReplyRejection.None;
    }

    private static bool TryReadStack(ReadOnlySpan<byte> entries, Reply reply)
    {
        for (; entries.Length >= EntryBytes; entries = entries[EntryBytes..])
        {
            if (reply.LabelCount == Reply.MaxLabels)
                return false;
            reply.Labels[reply.LabelCount++] = BinaryPrimitives.ReadUInt32BigEndian(entries);
        }
        return true;
    }

    /// <summary>RFC 1071: the one's complement sum over everything, checksum included, is all ones.</summary>
    private static bool IsSumRight(ReadOnlySpan<byte> octets)
    {
        uint sum = 0;
        for (; octets.Length >= 2; octets = octets[2..])
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(octets);
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        if (octets.Length == 1)
            sum += (uint)octets[0] << 8;
        return (sum & 0xFFFF) + (sum >> 16) == 0xFFFF;
    }
}
