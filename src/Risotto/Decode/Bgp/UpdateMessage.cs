using System.Buffers.Binary;

namespace Risotto.Decode.Bgp;

/// <summary>
/// The parts of an UPDATE, RFC 4271 4.3: Withdrawn Routes Length (2), Withdrawn Routes, Total Path Attribute Length (2),
/// Path Attributes, and NLRI to the end. Positions are bytes of the BGP message.
/// </summary>
internal readonly record struct UpdateMessage(int WithdrawnStart, int WithdrawnEnd, int AttributesStart, int AttributesEnd, int NlriEnd)
{
    /// <summary>
    /// Finds the parts. False when the two lengths do not fit into the message (RFC 4271 6.3: Malformed Attribute List). Attributes that
    /// are too long end with the message. Withdrawn routes that are too long are empty: nothing says where they end, and bytes of what
    /// comes after them would read as prefixes.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out UpdateMessage update)
    {
        int position = BgpMessageHeader.Length;
        bool fits = TryReadPart(message, ref position, out int withdrawnStart, out int withdrawnEnd);
        if (!fits)
            withdrawnStart = withdrawnEnd;
        fits &= TryReadPart(message, ref position, out int attributesStart, out int attributesEnd);
        update = new UpdateMessage(withdrawnStart, withdrawnEnd, attributesStart, attributesEnd, message.Length);
        return fits;
    }

    // A length of 2 bytes and as many bytes.
    private static bool TryReadPart(ReadOnlySpan<byte> message, ref int position, out int start, out int end)
    {
        start = end = message.Length;
        bool hasLength = message.Length - position >= 2;
        if (hasLength)
        {
            start = position + 2;
            end = start + BinaryPrimitives.ReadUInt16BigEndian(message[position..]);
        }
        bool fits = hasLength && end <= message.Length;
        position = end = Math.Min(end, message.Length);
        return fits;
    }
}
