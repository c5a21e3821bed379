using System.Buffers.Binary;
using System.Runtime.InteropServices;

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

/// <summary>The BGP message header, RFC 4271 4.1, 19 octets: Marker (16, all ones), Length (2, header included), Type (1).</summary>
internal static class BgpMessageHeader
{
    public const int Length = 19;

    /// <summary>
    /// Checks the header at the start of <paramref name="octets"/>, which may hold more than the message. Lengths up to 65,535
    /// are taken (RFC 8654 extended messages). <paramref name="offset"/> is where the octets stand in the BMP message.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> octets, int offset, out ReadOnlySpan<byte> message, out BgpMessageType type, out BmpError error)
    {
        message = default;
        type = default;
        error = default;
        if (octets.Length < Length)
        {
            error = new BmpError(BmpErrorCode.BgpHeaderTruncated, offset + octets.Length);
            return false;
        }
        if ((MemoryMarshal.Read<ulong>(octets) & MemoryMarshal.Read<ulong>(octets[8..])) != ulong.MaxValue)
        {
            error = new BmpError(BmpErrorCode.BgpMarkerInvalid, offset);
            return false;
        }
        int length = BinaryPrimitives.ReadUInt16BigEndian(octets[16..]);
        if (length < Length || length > octets.Length)
        {
            error = new BmpError(BmpErrorCode.BgpLengthInvalid, offset + 16);
            return false;
        }
        message = octets[..length];
        type = (BgpMessageType)octets[18];
        return true;
    }
}
