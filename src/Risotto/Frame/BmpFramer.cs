using System.Buffers.Binary;
using Risotto.Decode;

namespace Risotto.Frame;

/// <summary>Cuts the TCP stream into BMP messages by the common header's length (RFC 7854 4.1), which is capped before it is used.</summary>
internal static class BmpFramer
{
    /// <summary>Version (1 octet), Message Length (4, header included), Message Type (1).</summary>
    public const int HeaderLength = 6;

    /// <summary>What the fixed fields of any BGP monitoring need; smaller limits cannot be configured.</summary>
    public const int SmallestLimit = 4096;

    /// <summary>
    /// Finds the message at the start of <paramref name="input"/>. True: its first <paramref name="length"/> octets are a whole
    /// message. False: more input is needed, or <paramref name="error"/> says why the stream cannot be followed any further.
    /// </summary>
    public static bool TryFrame(ReadOnlySpan<byte> input, int maxMessageBytes, out int length, out BmpError error)
    {
        error = default;
        length = 0;
        if (input.Length < HeaderLength)
        {
            // A version is refused as soon as it is there: what follows is not BMP.
            if (!input.IsEmpty && !IsKnownVersion(input[0]))
                error = new BmpError(BmpErrorCode.BmpVersionUnknown, 0);
            return false;
        }
        uint claimed = BinaryPrimitives.ReadUInt32BigEndian(input[1..]);
        if (!IsKnownVersion(input[0]))
            error = new BmpError(BmpErrorCode.BmpVersionUnknown, 0);
        else if (claimed < HeaderLength)
            error = new BmpError(BmpErrorCode.BmpLengthTooShort, 1);
        else if (claimed > (uint)maxMessageBytes)
            error = new BmpError(BmpErrorCode.BmpLengthTooLong, 1);
        if (error.IsError || claimed > (uint)input.Length)
            return false;
        length = (int)claimed;
        return true;
    }

    // Version 4 (a draft's TLVs) frames alike and can be skipped; anything else is another protocol or a lost boundary.
    private static bool IsKnownVersion(byte version) => version is 3 or 4;
}
