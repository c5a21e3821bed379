namespace Risotto.Frame;

/// <summary>
/// Cuts the TCP stream into BMP messages. The Message Length of the common header is compared with a limit before it is used.
/// </summary>
internal static class BmpFramer
{
    /// <summary>The smallest limit that can be configured: the fixed fields of any BMP message fit.</summary>
    public const int SmallestLimit = 4096;

    /// <summary>
    /// Finds the message at the start of <paramref name="input"/>. True: its first <paramref name="length"/> bytes are a whole
    /// message. False: more input is needed, or <paramref name="error"/> says why the stream cannot be followed any further.
    /// </summary>
    public static bool TryFrame(ReadOnlySpan<byte> input, int maxMessageBytes, out int length, out BmpError error)
    {
        error = default;
        length = 0;
        if (input.Length < CommonHeader.Length)
        {
            // An unknown version is refused as soon as its byte is there: what follows is not BMP.
            if (!input.IsEmpty && !IsKnownVersion(input[CommonHeader.VersionOffset]))
                error = new BmpError(BmpErrorCode.BmpVersionUnknown, CommonHeader.VersionOffset);
            return false;
        }
        uint claimed = CommonHeader.MessageLength(input);
        if (!IsKnownVersion(input[CommonHeader.VersionOffset]))
            error = new BmpError(BmpErrorCode.BmpVersionUnknown, CommonHeader.VersionOffset);
        else if (claimed < CommonHeader.Length)
            error = new BmpError(BmpErrorCode.BmpLengthTooShort, CommonHeader.LengthOffset);
        else if (claimed > (uint)maxMessageBytes)
            error = new BmpError(BmpErrorCode.BmpLengthTooLong, CommonHeader.LengthOffset);
        if (error.IsError || claimed > (uint)input.Length)
            return false;
        length = (int)claimed;
        return true;
    }

    // Any other number is not BMP, or the stream has lost its message boundaries.
    private static bool IsKnownVersion(byte version) => version is CommonHeader.Version or CommonHeader.TlvVersion;
}
