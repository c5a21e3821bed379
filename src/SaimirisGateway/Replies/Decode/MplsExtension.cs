using System.Buffers.Binary;

namespace SaimirisGateway.Replies.Decode;

/// <summary>Reads the MPLS labels after the quoted packet: extension structure of RFC 4884 7, label stack object of RFC 4950 3.</summary>
internal static class MplsExtension
{
    private const int IcmpHeaderBytes = 8, HeaderBytes = 4, ObjectHeaderBytes = 4, EntryBytes = 4;

    // RFC 4884 5.5: without a length field, the quoted packet is padded to this.
    private const int DefaultQuoteBytes = 128;

    public static bool MayFollow(ReadOnlySpan<byte> icmp, int quoteBytes) =>
        icmp.Length >= IcmpHeaderBytes + (quoteBytes > 0 ? quoteBytes : DefaultQuoteBytes) + HeaderBytes;

    /// <summary>
    /// Reads version(4 bits) reserved(12) checksum(2), then objects: length(2) class(1) type(1) content. It ignores an extension with a
    /// wrong checksum. A malformed object ends the extension, and the labels before it count.
    /// </summary>
    public static ReplyRejection Read(ReadOnlySpan<byte> icmp, int quoteBytes, Reply reply)
    {
        var extension = icmp[(IcmpHeaderBytes + (quoteBytes > 0 ? quoteBytes : DefaultQuoteBytes))..];
        bool hasChecksum = BinaryPrimitives.ReadUInt16BigEndian(extension[2..]) != 0;
        if (extension[0] >> 4 != 2 || (hasChecksum && !IsSumRight(extension)))
            return ReplyRejection.None;
        // Zero means no checksum. Without a length field only a checksum tells an extension from a long quote.
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

    // RFC 1071: the one's complement sum of all bytes, checksum included, is all ones.
    private static bool IsSumRight(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (; bytes.Length >= 2; bytes = bytes[2..])
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        if (bytes.Length == 1)
            sum += (uint)bytes[0] << 8;
        return (sum & 0xFFFF) + (sum >> 16) == 0xFFFF;
    }
}
