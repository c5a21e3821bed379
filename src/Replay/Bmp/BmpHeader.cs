using System.Buffers.Binary;

namespace Replay.Bmp;

/// <summary>Recognises BMP by the Common Header (RFC 7854 4.1): version(1) message length(4) message type(1).</summary>
internal static class BmpHeader
{
    public const int Bytes = 6;

    private const int PerPeerHeaderBytes = 42;
    private const int MaxMessageBytes = 1 << 20;
    private const byte Initiation = 4;
    private const byte Termination = 5;
    private const byte RouteMirroring = 6;

    /// <summary>
    /// True if a BMP stream may begin here. If the bytes hold the message's end, the bytes after it must look like BMP too.
    /// False for fewer than <see cref="Bytes"/> bytes.
    /// </summary>
    public static bool IsLikely(ReadOnlySpan<byte> bytes)
    {
        if (!IsHeader(bytes, out int length))
            return false;
        var next = bytes.Length > length ? bytes[length..] : default;
        return next.Length < Bytes || IsHeader(next, out _);
    }

    private static bool IsHeader(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        // Version 4 is a draft with the same frame.
        if (bytes.Length < Bytes || bytes[0] is not (3 or 4) || bytes[5] > RouteMirroring)
            return false;
        uint claimed = BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]);
        int min = bytes[5] is Initiation or Termination ? Bytes : Bytes + PerPeerHeaderBytes;
        length = (int)Math.Min(claimed, MaxMessageBytes);
        return claimed >= min && claimed <= MaxMessageBytes;
    }
}
