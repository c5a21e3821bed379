using System.Buffers.Binary;

namespace Risotto.Frame;

/// <summary>
/// The common header of every BMP message, RFC 7854 4.1, 6 bytes: Version (1), Message Length (4, header included), Message Type (1).
/// </summary>
internal static class CommonHeader
{
    public const int Length = 6;

    /// <summary>Where the fields start.</summary>
    public const int VersionOffset = 0, LengthOffset = 1, TypeOffset = 5;

    /// <summary>RFC 7854, and draft-ietf-grow-bmp-tlv with the same common and per-peer header.</summary>
    public const byte Version = 3, TlvVersion = 4;

    /// <summary>The Message Length of a header that is there as a whole.</summary>
    public static uint MessageLength(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt32BigEndian(message[LengthOffset..]);
}
