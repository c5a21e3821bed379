using System.Buffers.Binary;

namespace Risotto.Decode.Bgp;

/// <summary>
/// The parts of an UPDATE, RFC 4271 4.3: Withdrawn Routes Length (2), Withdrawn Routes, Total Path Attribute Length (2),
/// Path Attributes, and NLRI to the end. Positions are bytes of the BGP message.
/// </summary>
internal readonly record struct UpdateMessage(int WithdrawnStart, int WithdrawnEnd, int AttributesStart, int AttributesEnd, int NlriEnd)
{
    /// <summary>False when the two lengths do not fit into the message (RFC 4271 6.3: Malformed Attribute List).</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out UpdateMessage update)
    {
        update = default;
        const int start = BgpMessageHeader.Length;
        if (message.Length < start + 4)
            return false;
        int withdrawnEnd = start + 2 + BinaryPrimitives.ReadUInt16BigEndian(message[start..]);
        if (withdrawnEnd + 2 > message.Length)
            return false;
        int attributesEnd = withdrawnEnd + 2 + BinaryPrimitives.ReadUInt16BigEndian(message[withdrawnEnd..]);
        if (attributesEnd > message.Length)
            return false;
        update = new UpdateMessage(start + 2, withdrawnEnd, withdrawnEnd + 2, attributesEnd, message.Length);
        return true;
    }
}
