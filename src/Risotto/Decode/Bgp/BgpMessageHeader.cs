using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Risotto.Frame;

namespace Risotto.Decode.Bgp;

/// <summary>BGP message types, RFC 4271 4.1.</summary>
internal enum BgpMessageType : byte
{
    Open = 1,
    Update = 2,
    Notification = 3,
    KeepAlive = 4,
    RouteRefresh = 5,
}

/// <summary>The BGP message header, RFC 4271 4.1, 19 bytes: Marker (16, all ones), Length (2, header included), Type (1).</summary>
internal static class BgpMessageHeader
{
    public const int Length = 19;

    /// <summary>Where the fields start.</summary>
    public const int LengthOffset = 16, TypeOffset = 18;

    /// <summary>16 bytes of ones.</summary>
    public static ReadOnlySpan<byte> Marker =>
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];

    /// <summary>
    /// Checks the header at the start of <paramref name="bytes"/>, which may hold more than the message. Lengths up to 65,535
    /// are taken (RFC 8654 extended messages). <paramref name="offset"/> is where the bytes start in the BMP message. True with an error:
    /// the marker is not all ones. BMP delimits the message, so the marker is not needed to find it.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, int offset, out ReadOnlySpan<byte> message, out BgpMessageType type,
        out BmpError error)
    {
        message = default;
        type = default;
        error = default;
        if (bytes.Length < Length)
        {
            error = new BmpError(BmpErrorCode.BgpHeaderTruncated, offset + bytes.Length);
            return false;
        }
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[LengthOffset..]);
        if (length < Length || length > bytes.Length)
        {
            error = new BmpError(BmpErrorCode.BgpLengthInvalid, offset + LengthOffset);
            return false;
        }
        if (!HasMarker(bytes))
            error = new BmpError(BmpErrorCode.BgpMarkerInvalid, offset);
        message = bytes[..length];
        type = (BgpMessageType)bytes[TypeOffset];
        return true;
    }

    /// <summary>Whether the bytes start with 16 bytes of ones.</summary>
    public static bool HasMarker(ReadOnlySpan<byte> bytes) => bytes.Length >= LengthOffset
        && (MemoryMarshal.Read<ulong>(bytes) & MemoryMarshal.Read<ulong>(bytes[8..])) == ulong.MaxValue;
}
