using System.Buffers.Binary;

namespace SaimirisGateway.Replies.Decode;

/// <summary>Reads the fields of an IPv4 header (RFC 791 3.1) that two readers share.</summary>
internal static class Ipv4Header
{
    /// <summary>The length of a header without options.</summary>
    public const int Bytes = 20;

    /// <summary>Returns the length of the header with its options. It is below <see cref="Bytes"/> when the field is invalid.</summary>
    public static int HeaderBytes(ReadOnlySpan<byte> header) => (header[0] & 0x0F) * 4;

    /// <summary>True if the packet has More Fragments set, or a Fragment Offset.</summary>
    public static bool IsFragment(ReadOnlySpan<byte> header) => (BinaryPrimitives.ReadUInt16BigEndian(header[6..]) & 0x3FFF) != 0;

    /// <summary>True if it is not the first fragment. Such a fragment has no transport header.</summary>
    public static bool IsLaterFragment(ReadOnlySpan<byte> header) => (BinaryPrimitives.ReadUInt16BigEndian(header[6..]) & 0x1FFF) != 0;
}
