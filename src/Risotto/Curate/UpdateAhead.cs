using System.Buffers.Binary;
using Risotto.Decode;
using Risotto.Decode.Bgp;

namespace Risotto.Curate;

/// <summary>
/// A look into an UPDATE before its turn: a table of a million routes is not in the processor's cache, so the slots of its prefixes begin
/// their way from memory while the message before it is dealt with. Only a hint: what is odd about the message is met later, in its turn.
/// </summary>
internal static class UpdateAhead
{
    // More are as many as the processor can have on their way.
    private const int MostPrefixes = 8;

    private const int HeaderLength = 19, Ipv6UnicastReach = 5, Unreach = 3;

    /// <summary>
    /// RFC 4271 4.3: Withdrawn Routes Length (2), Withdrawn Routes, Total Path Attribute Length (2), Path Attributes, NLRI. Of the path
    /// attributes MP_REACH_NLRI and MP_UNREACH_NLRI of IPv6 (RFC 4760), where they stand first.
    /// </summary>
    /// <param name="message">The BGP message and whatever follows it.</param>
    /// <param name="view">Whose it is.</param>
    /// <param name="rib">The live routes of that view.</param>
    public static void Prefetch(ReadOnlySpan<byte> message, PeerView view, ViewRib rib)
    {
        if (message.Length < HeaderLength + 4)
            return;
        int end = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(message[16..]), message.Length);
        int withdrawnEnd = HeaderLength + 2 + BinaryPrimitives.ReadUInt16BigEndian(message[HeaderLength..]);
        if (withdrawnEnd + 2 > end)
            return;
        int attributes = withdrawnEnd + 2, announced = attributes + BinaryPrimitives.ReadUInt16BigEndian(message[withdrawnEnd..]);
        if (announced > end)
            return;
        int left = MostPrefixes;
        if (end - announced + withdrawnEnd > HeaderLength + 2)
        {
            if (rib.Known(AddressFamily.Ipv4Unicast.Index) is { } family && !view.AddPath[AddressFamily.Ipv4Unicast.Index].HasPathIds)
            {
                PrefetchIpv4(message[..withdrawnEnd], HeaderLength + 2, family, ref left);
                PrefetchIpv4(message[..end], announced, family, ref left);
            }
        }
        else
            PrefetchIpv6(message[..announced], attributes, view, rib);
    }

    private static void PrefetchIpv4(ReadOnlySpan<byte> message, int position, FamilyRib family, ref int left)
    {
        for (; left > 0 && position < message.Length; left--)
        {
            int length = message[position];
            position += 1 + ((length + 7) >> 3);
            if (length > 32 || position > message.Length)
                return;
            family.PrefetchIpv4(NlriReader.Ipv4(message, position, length), length);
        }
    }

    private static void PrefetchIpv6(ReadOnlySpan<byte> message, int position, PeerView view, ViewRib rib)
    {
        while (position + 9 <= message.Length)
        {
            var type = (PathAttributeType)message[position + 1];
            bool isLong = (message[position] & 0x10) != 0;
            int start = position + (isLong ? 4 : 3);
            int length = isLong ? BinaryPrimitives.ReadUInt16BigEndian(message[(position + 2)..]) : message[position + 2];
            position = start + length;
            if (position > message.Length)
                return;
            if (type is PathAttributeType.MpReachNlri or PathAttributeType.MpUnreachNlri)
            {
                PrefetchIpv6(message[..position], start, type == PathAttributeType.MpReachNlri, view, rib);
                return;
            }
        }
    }

    private static void PrefetchIpv6(ReadOnlySpan<byte> message, int start, bool reach, PeerView view, ViewRib rib)
    {
        var unicast = new AddressFamily(2, 1);
        if (message.Length < start + Ipv6UnicastReach || BinaryPrimitives.ReadUInt16BigEndian(message[start..]) != unicast.Afi || message[start + 2] != unicast.Safi)
            return;
        if (rib.Known(unicast.Index) is not { } family || view.AddPath[unicast.Index].HasPathIds)
            return;
        int position = start + (reach ? Ipv6UnicastReach + message[start + 3] : Unreach);
        for (int left = MostPrefixes; left > 0 && position < message.Length; left--)
        {
            int length = message[position];
            position += 1 + ((length + 7) >> 3);
            if (length > 128 || position > message.Length)
                return;
            family.PrefetchIpv6(NlriReader.Ipv6(message, position, length).High, length);
        }
    }
}
