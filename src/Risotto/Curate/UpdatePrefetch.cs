using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Frame;

namespace Risotto.Curate;

/// <summary>
/// Looks into an UPDATE before it is decoded. A table of a million routes does not fit into the processor's cache, so the slots of
/// the UPDATE's prefixes are fetched from memory while the message before it is processed. It is only a hint: the decoder finds
/// whatever is wrong with the message.
/// </summary>
internal static class UpdatePrefetch
{
    // The processor has no more fetches under way at a time.
    private const int MaxPrefixesOfField = 8;

    /// <param name="following">The session's input after the message that is processed now.</param>
    /// <param name="peers">The peers of the session.</param>
    /// <param name="curation">The views that the session owns.</param>
    public static void Prefetch(ReadOnlySpan<byte> following, PeerTable peers, SessionCuration curation)
    {
        if (following.Length > PerPeerHeader.End && following[CommonHeader.TypeOffset] == (byte)MessageType.RouteMonitoring
            && peers.Find(new PerPeerHeader(following[PerPeerHeader.Offset..])) is { } view && curation.Find(view) is { } rib
            && BgpMessageHeader.TryRead(following[PerPeerHeader.End..], PerPeerHeader.End, out var message, out var type, out _)
            && type == BgpMessageType.Update && UpdateMessage.TryRead(message, out var parts))
            Prefetch(message, parts, view, rib);
    }

    private static void Prefetch(ReadOnlySpan<byte> message, in UpdateMessage parts, PeerView view, PeerRib rib)
    {
        if (parts.WithdrawnStart == parts.WithdrawnEnd && parts.AttributesEnd == parts.NlriEnd)
        {
            PrefetchMultiprotocol(message, parts, view, rib);
            return;
        }
        Prefetch(message[..parts.WithdrawnEnd], parts.WithdrawnStart, AddressFamily.Ipv4Unicast, view, rib);
        Prefetch(message, parts.AttributesEnd, AddressFamily.Ipv4Unicast, view, rib);
    }

    private static void PrefetchMultiprotocol(ReadOnlySpan<byte> message, in UpdateMessage parts, PeerView view, PeerRib rib)
    {
        for (var each = new PathAttributeEnumerator(message[parts.AttributesStart..parts.AttributesEnd]); each.MoveNext();)
        {
            int start = parts.AttributesStart + each.ValueStart, length = each.Value.Length;
            if (each.Type == (byte)PathAttributeType.MpReachNlri && MpReachNlri.TryRead(message, start, length, out var reach))
                Prefetch(message[..reach.NlriEnd], reach.NlriStart, reach.Family, view, rib);
            else if (each.Type == (byte)PathAttributeType.MpUnreachNlri && MpUnreachNlri.TryRead(message, start, length, out var unreach))
                Prefetch(message[..unreach.NlriEnd], unreach.NlriStart, unreach.Family, view, rib);
        }
    }

    // The field goes from the position to the end of the bytes, which start with the message.
    private static void Prefetch(ReadOnlySpan<byte> bytes, int position, AddressFamily family, PeerView view, PeerRib rib)
    {
        int index = family.Index;
        if (position == bytes.Length || index < 0 || family.HasLabels || view.AddPath[index].HasPathIds
            || rib.Family(index) is not { } routes)
            return;
        for (int i = 0; i < MaxPrefixesOfField && position < bytes.Length; i++)
        {
            int length = bytes[position];
            position += 1 + ((length + 7) >> 3);
            if (length > family.AddressBits || position > bytes.Length)
                return;
            if (family.IsIpv4)
                routes.PrefetchIpv4(NlriReader.Ipv4(bytes, position, length), length);
            else
                routes.PrefetchIpv6(NlriReader.Ipv6(bytes, position, length).High, length);
        }
    }
}
