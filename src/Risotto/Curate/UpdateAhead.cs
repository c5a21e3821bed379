using Risotto.Decode;
using Risotto.Decode.Bgp;

namespace Risotto.Curate;

/// <summary>
/// A look into an UPDATE before its turn: a table of a million routes is not in the processor's cache, so the slots of its prefixes begin
/// their way from memory while the message before it is dealt with. Only a hint: what is odd about the message is met later, in its turn.
/// </summary>
internal static class UpdateAhead
{
    // Of one field; more are as many as the processor can have on their way.
    private const int MostPrefixes = 8;

    /// <param name="message">The BGP message.</param>
    /// <param name="view">Whose it is.</param>
    /// <param name="rib">The live routes of that view.</param>
    public static void Prefetch(ReadOnlySpan<byte> message, PeerView view, ViewRib rib)
    {
        if (!UpdateMessage.TryRead(message, out var parts))
            return;
        if (parts.WithdrawnStart == parts.WithdrawnEnd && parts.AttributesEnd == parts.NlriEnd)
        {
            PrefetchMultiprotocol(message, parts, view, rib);
            return;
        }
        Prefetch(message[..parts.WithdrawnEnd], parts.WithdrawnStart, AddressFamily.Ipv4Unicast, view, rib);
        Prefetch(message, parts.AttributesEnd, AddressFamily.Ipv4Unicast, view, rib);
    }

    private static void PrefetchMultiprotocol(ReadOnlySpan<byte> message, in UpdateMessage parts, PeerView view, ViewRib rib)
    {
        for (var each = new PathAttributeEnumerator(message[parts.AttributesStart..parts.AttributesEnd]); each.MoveNext();)
        {
            int start = parts.AttributesStart + each.ValueStart;
            if (each.Type == (byte)PathAttributeType.MpReachNlri && MpReachNlri.TryRead(message, start, each.Value.Length, out var reach))
                Prefetch(message[..reach.NlriEnd], reach.NlriStart, reach.Family, view, rib);
            else if (each.Type == (byte)PathAttributeType.MpUnreachNlri && MpUnreachNlri.TryRead(message, start, each.Value.Length, out var unreach))
                Prefetch(message[..unreach.NlriEnd], unreach.NlriStart, unreach.Family, view, rib);
        }
    }

    // The field reaches to the end of the octets; they begin where the message does.
    private static void Prefetch(ReadOnlySpan<byte> octets, int position, AddressFamily family, PeerView view, ViewRib rib)
    {
        int index = family.Index;
        if (position == octets.Length || index < 0 || family.HasLabels || view.AddPath[index].HasPathIds || rib.Known(index) is not { } routes)
            return;
        for (int i = 0; i < MostPrefixes && position < octets.Length; i++)
        {
            int length = octets[position];
            position += 1 + ((length + 7) >> 3);
            if (length > family.AddressBits || position > octets.Length)
                return;
            if (family.IsIpv4)
                routes.PrefetchIpv4(NlriReader.Ipv4(octets, position, length), length);
            else
                routes.PrefetchIpv6(NlriReader.Ipv6(octets, position, length).High, length);
        }
    }
}
