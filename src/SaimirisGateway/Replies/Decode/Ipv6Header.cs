using System.Buffers.Binary;

namespace SaimirisGateway.Replies.Decode;

/// <summary>Reads past the extension headers of IPv6 (RFC 8200 3 and 4).</summary>
internal static class Ipv6Header
{
    public const int Bytes = 40;

    private const int MaxExtensions = 16;

    /// <summary>
    /// Skips the headers: next header(1) length(1) in units of 8 bytes after the first 8. AH (RFC 4302) counts units of 4 bytes. A fragment
    /// header has 8 bytes. It removes the headers from <paramref name="payload"/>, and subtracts them from <paramref name="length"/>, its
    /// length on the wire.
    /// </summary>
    public static ReplyRejection SkipExtensions(ref ReadOnlySpan<byte> payload, ref byte next, ref int length)
    {
        for (int i = 0; i < MaxExtensions && next is 0 or 43 or 44 or 51 or 60 or 135 or 139 or 140; i++)
        {
            if (payload.Length < 8)
                return ReplyRejection.PacketTruncated;
            int bytes = next switch { 44 => 8, 51 => (payload[1] + 2) * 4, _ => (payload[1] + 1) * 8 };
            if (payload.Length < bytes)
                return ReplyRejection.PacketTruncated;
            // An atomic fragment (RFC 6946) is a whole packet: its offset is 0, and no fragment follows.
            if (next == 44 && (BinaryPrimitives.ReadUInt16BigEndian(payload[2..]) & 0xFFF9) != 0)
                return ReplyRejection.IpFragment;
            next = payload[0];
            payload = payload[bytes..];
            length -= bytes;
        }
        return ReplyRejection.None;
    }
}
