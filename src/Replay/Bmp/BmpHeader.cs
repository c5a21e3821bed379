using System.Buffers.Binary;

namespace Replay.Bmp;

/// <summary>RFC 7854 4.1 Common Header, as far as it tells BMP from other protocols: version(1) message length(4) message type(1).</summary>
internal static class BmpHeader
{
    public const int Bytes = 6;

    private const int PerPeerHeaderBytes = 42;
    private const int LongestMessage = 1 << 20;
    private const byte Initiation = 4;
    private const byte Termination = 5;
    private const byte RouteMirroring = 6;

    /// <summary>
    /// Whether a stream could begin here. Where the message's end is there, what follows must look like BMP too.
    /// False for fewer than <see cref="Bytes"/> octets.
    /// </summary>
    public static bool IsLikely(ReadOnlySpan<byte> octets)
    {
        if (!IsHeader(octets, out int length))
            return false;
        var next = octets.Length > length ? octets[length..] : default;
        return next.Length < Bytes || IsHeader(next, out _);
    }

    private static bool IsHeader(ReadOnlySpan<byte> octets, out int length)
    {
        length = 0;
        // Version 4 is a draft that frames alike.
        if (octets.Length < Bytes || octets[0] is not (3 or 4) || octets[5] > RouteMirroring)
            return false;
        uint claimed = BinaryPrimitives.ReadUInt32BigEndian(octets[1..]);
        int least = octets[5] is Initiation or Termination ? Bytes : Bytes + PerPeerHeaderBytes;
        length = (int)Math.Min(claimed, LongestMessage);
        return claimed >= least && claimed <= LongestMessage;
    }
}
