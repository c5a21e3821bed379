using System.Buffers.Binary;

namespace SaimirisGateway.Replies.Decode;

/// <summary>RFC 791 3.1, of the fields that two readers share.</summary>
internal static class Ipv4Header
{
    /// <summary>Without options.</summary>
    public const int Bytes = 20;

    /// <summary>With options; below <see cref="Bytes"/> where the field is wrong.</summary>
    public static int HeaderBytes(ReadOnlySpan<byte> header) => (header[0] & 0x0F) * 4;

    /// <summary>More Fragments, or a Fragment Offset.</summary>
    public static bool IsFragment(ReadOnlySpan<byte> header) => (BinaryPrimitives.ReadUInt16BigEndian(header[6..]) & 0x3FFF) != 0;

    /// <summary>Not the first fragment: it has no transport header.</summary>
    public static bool IsLaterFragment(ReadOnlySpan<byte> header) => (BinaryPrimitives.ReadUInt16BigEndian(header[6..]) & 0x1FFF) != 0;
}
