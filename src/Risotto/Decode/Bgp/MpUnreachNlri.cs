using System.Buffers.Binary;

namespace Risotto.Decode.Bgp;

/// <summary>MP_UNREACH_NLRI, RFC 4760 4: AFI (2), SAFI (1), Withdrawn Routes to the end. Positions are bytes of the BGP message.</summary>
internal readonly record struct MpUnreachNlri(AddressFamily Family, int NlriStart, int NlriEnd)
{
    public static bool TryRead(ReadOnlySpan<byte> message, int start, int length, out MpUnreachNlri unreach)
    {
        unreach = default;
        if (length < 3)
            return false;
        unreach = new MpUnreachNlri(
            new AddressFamily(BinaryPrimitives.ReadUInt16BigEndian(message[start..]), message[start + 2]), start + 3, start + length);
        return true;
    }
}
