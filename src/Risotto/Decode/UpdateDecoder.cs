using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Frame;

namespace Risotto.Decode;

/// <summary>
/// Reads an UPDATE into a <see cref="DecodedUpdate"/> and applies RFC 7606 to its errors. It reads the whole message before anything
/// is written: an error in the last byte can change what happens to the first prefix.
/// </summary>
internal static class UpdateDecoder
{
    /// <summary>RFC 6793 9: replaces a 4-byte AS number where only 2 bytes fit.</summary>
    private const ushort AsTrans = 23456;

    /// <param name="message">The BGP message, marker included.</param>
    /// <param name="offset">Its offset in the BMP message.</param>
    /// <param name="view">The context: address families with path identifiers, AS number width, eBGP or not.</param>
    /// <param name="update">The result; overwritten.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Decode(ReadOnlySpan<byte> message, int offset, PeerView view, DecodedUpdate update)
    {
        update.Error = default;
        update.Prefixes = 0;
        update.IsDoubtful = update.AsWidthMismatch = update.IsEndOfRib = update.HasMpReach = update.HasMpUnreach = false;
        update.SkippedReach = update.SkippedUnreach = default;
        update.PresentFields = 0;
        if (!UpdateMessage.TryRead(message, out var parts))
        {
            update.Error = new BmpError(BmpErrorCode.UpdateLengthsInvalid, offset + BgpMessageHeader.Length);
            return;
        }

        ref var attributes = ref update.Attributes;
        attributes.Scan(message, parts.AttributesStart, parts.AttributesEnd, view.Peer.IsExternal && view.IsAdjRibInPrePolicy);
        if (attributes.Worst.Code.Action() < BmpErrorAction.SkipMessage)
        {
            if (parts.WithdrawnStart < parts.WithdrawnEnd)
                ReadField(message, DecodedUpdate.WithdrawnRoutes, parts.WithdrawnStart, parts.WithdrawnEnd, AddressFamily.Ipv4Unicast,
                    false, view, update);
            if (parts.AttributesEnd < parts.NlriEnd)
                ReadField(message, DecodedUpdate.Nlri, parts.AttributesEnd, parts.NlriEnd, AddressFamily.Ipv4Unicast, true, view, update);
            if (attributes.Has(PathAttributeType.MpUnreachNlri))
                ReadMpUnreach(message, view, update);
            if (attributes.Has(PathAttributeType.MpReachNlri))
                ReadMpReach(message, view, update);
            CheckValues(message, view, update);
        }
        update.Error = attributes.Worst with { Offset = attributes.Worst.Offset + offset };
        // RFC 4724 2: an UPDATE without a reachable or withdrawn prefix, but for an empty MP_UNREACH_NLRI.
        update.IsEndOfRib = update.Prefixes == 0 && update.Action == BmpErrorAction.None
            && parts.WithdrawnStart == parts.WithdrawnEnd && parts.AttributesEnd == parts.NlriEnd
            && (attributes.Received == 0 ? parts.AttributesStart == parts.AttributesEnd
                : attributes.Received == 1ul << (int)PathAttributeType.MpUnreachNlri && update.Unreach.NlriStart == update.Unreach.NlriEnd);
    }

    private static void ReadMpReach(ReadOnlySpan<byte> message, PeerView view, DecodedUpdate update)
    {
        ref var attributes = ref update.Attributes;
        int start = attributes.Offset(PathAttributeType.MpReachNlri);
        if (!MpReachNlri.TryRead(message, start, attributes.Value(message, PathAttributeType.MpReachNlri).Length, out update.Reach))
        {
            attributes.Note(BmpErrorCode.MpReachInvalid, start);
            return;
        }
        update.HasMpReach = true;
        if (!update.Reach.Family.IsDecoded)
            update.SkippedReach = update.Reach.Family;
        else if (!update.Reach.HasValidNextHopLength)
            attributes.Note(BmpErrorCode.MpReachNextHopInvalid, start + 3);
        else
            ReadField(message, DecodedUpdate.MpReach, update.Reach.NlriStart, update.Reach.NlriEnd, update.Reach.Family, true, view,
                update);
    }

    private static void ReadMpUnreach(ReadOnlySpan<byte> message, PeerView view, DecodedUpdate update)
    {
        ref var attributes = ref update.Attributes;
        int start = attributes.Offset(PathAttributeType.MpUnreachNlri);
        if (!MpUnreachNlri.TryRead(message, start, attributes.Value(message, PathAttributeType.MpUnreachNlri).Length, out update.Unreach))
        {
            attributes.Note(BmpErrorCode.MpUnreachInvalid, start);
            return;
        }
        update.HasMpUnreach = true;
        if (update.Unreach.Family.IsDecoded)
            ReadField(message, DecodedUpdate.MpUnreach, update.Unreach.NlriStart, update.Unreach.NlriEnd, update.Unreach.Family, false,
                view, update);
        else if (update.Unreach.NlriStart < update.Unreach.NlriEnd)
            update.SkippedUnreach = update.Unreach.Family;
    }

    private static void ReadField(
        ReadOnlySpan<byte> message, int index, int start, int end, AddressFamily family, bool isAnnouncement, PeerView view,
        DecodedUpdate update)
    {
        ref var decision = ref view.AddPath[family.Index];
        var check = NlriReader.Check(message, start, end, family, decision.HasPathIds);
        if (!check.IsValid)
            update.Attributes.Note(Error(index), check.ErrorAt);
        // A decided family is doubted again when its bytes are suspicious; for a labelled prefix its padding bits are checked too.
        update.IsDoubtful |= !decision.IsDecided || check.IsSuspicious;
        ref var field = ref update.Fields[index];
        update.PresentFields |= 1 << index;
        field.Start = start;
        field.End = end;
        field.Family = family;
        field.HasPathIds = decision.HasPathIds;
        field.IsAnnouncement = isAnnouncement;
        field.Prefixes = check.Prefixes;
        update.Prefixes += check.Prefixes;
    }

    private static BmpErrorCode Error(int field) => field switch
    {
        DecodedUpdate.WithdrawnRoutes => BmpErrorCode.WithdrawnRoutesInvalid,
        DecodedUpdate.MpUnreach => BmpErrorCode.MpUnreachInvalid,
        DecodedUpdate.Nlri => BmpErrorCode.NlriInvalid,
        _ => BmpErrorCode.MpReachInvalid,
    };

    // RFC 7606 7: the errors that the header of an attribute does not show. Wrong lengths are noted already.
    private static void CheckValues(ReadOnlySpan<byte> message, PeerView view, DecodedUpdate update)
    {
        ref var attributes = ref update.Attributes;
        update.AsWidth = view.AsWidth;
        bool announces = update.HasField(DecodedUpdate.Nlri) || update.HasMpReach;
        ulong present = attributes.Present;

        const ulong mandatory = 1ul << (int)PathAttributeType.Origin | 1ul << (int)PathAttributeType.AsPath;
        const ulong nextHop = 1ul << (int)PathAttributeType.NextHop;
        ulong needed = !announces ? 0 : update.HasField(DecodedUpdate.Nlri) ? mandatory | nextHop : mandatory;
        // A Loc-RIB also holds the router's own routes. No peer sent them, and they may have no AS_PATH.
        if ((present & needed) != needed && view.RibView != RibView.LocRib)
            attributes.Note(BmpErrorCode.MandatoryAttributeMissing, attributes.Start);

        var origin = attributes.Value(message, PathAttributeType.Origin);
        if (!origin.IsEmpty && origin[0] > 2)
            attributes.Note(BmpErrorCode.OriginInvalid, attributes.Offset(PathAttributeType.Origin));

        if ((present & (1ul << (int)PathAttributeType.AsPath)) != 0)
            CheckAsPath(message, update);

        const ulong rare = 1ul << (int)PathAttributeType.As4Path | 1ul << (int)PathAttributeType.Ipv6ExtendedCommunities
            | 1ul << (int)PathAttributeType.LargeCommunities | 1ul << (int)PathAttributeType.Aggregator;
        if ((present & rare) != 0)
            CheckRare(message, update);
    }

    private static void CheckAsPath(ReadOnlySpan<byte> message, DecodedUpdate update)
    {
        ref var attributes = ref update.Attributes;
        var path = attributes.Value(message, PathAttributeType.AsPath);
        if (update.AsWidth == 4 && AsPath.IsSingleSequence(path) || AsPath.IsValid(path, update.AsWidth))
            return;
        // Routers set the A flag wrongly, both ways, and some against their own OPENs: a path that is whole only in the other width has
        // that width. A 4-byte path with a wrong count may also read as a whole 2-byte one, but then it has AS 0.
        int other = update.AsWidth == 2 ? 4 : 2;
        if (AsPath.IsValid(path, other) && !new AsPath(path, other).HasZero())
        {
            update.AsWidth = other;
            update.AsWidthMismatch = true;
        }
        else
            attributes.Note(BmpErrorCode.AsPathInvalid, attributes.Offset(PathAttributeType.AsPath));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CheckRare(ReadOnlySpan<byte> message, DecodedUpdate update)
    {
        ref var attributes = ref update.Attributes;
        // RFC 7606 7.7: 8 bytes with 4-byte AS numbers, 6 without. Beside an empty AS_PATH only the A flag shows the
        // width, and FRR 8.4 writes 6 bytes there without the flag.
        if (attributes.Has(PathAttributeType.Aggregator)
            && attributes.Value(message, PathAttributeType.Aggregator).Length != update.AsWidth + 4
            && !attributes.Value(message, PathAttributeType.AsPath).IsEmpty)
        {
            attributes.Note(BmpErrorCode.AggregatorInvalid, attributes.Offset(PathAttributeType.Aggregator));
            attributes.Discard(PathAttributeType.Aggregator);
        }
        // RFC 6793 4.2.3: AS4_PATH counts only beside a 2-byte AS_PATH, and not where a 2-byte speaker aggregated on the way.
        var as4 = attributes.Value(message, PathAttributeType.As4Path);
        if (!as4.IsEmpty && (update.AsWidth == 4 || HasForeignAggregator(message, attributes) || !AsPath.IsValid(as4, 4)))
        {
            if (update.AsWidth == 2 && !AsPath.IsValid(as4, 4))
                attributes.Note(BmpErrorCode.As4PathInvalid, attributes.Offset(PathAttributeType.As4Path));
            attributes.Discard(PathAttributeType.As4Path);
        }
        if (attributes.Value(message, PathAttributeType.LargeCommunities).Length % 12 != 0)
            attributes.Note(BmpErrorCode.LargeCommunitiesInvalid, attributes.Offset(PathAttributeType.LargeCommunities));
        if (attributes.Value(message, PathAttributeType.Ipv6ExtendedCommunities).Length % 20 != 0)
            attributes.Note(BmpErrorCode.Ipv6ExtendedCommunitiesInvalid, attributes.Offset(PathAttributeType.Ipv6ExtendedCommunities));
    }

    private static bool HasForeignAggregator(ReadOnlySpan<byte> message, in PathAttributes attributes) =>
        attributes.Has(PathAttributeType.As4Aggregator)
        && attributes.Value(message, PathAttributeType.Aggregator) is { Length: 6 } value
        && BinaryPrimitives.ReadUInt16BigEndian(value) != AsTrans;

    /// <summary>
    /// AGGREGATOR's AS number and BGP identifier: 6 or 8 bytes, as its length says. RFC 6793 4.2.3 merges AS4_AGGREGATOR.
    /// </summary>
    public static (uint As, uint BgpId) Aggregator(ReadOnlySpan<byte> message, in PathAttributes attributes)
    {
        var value = attributes.Value(message, PathAttributeType.Aggregator);
        if (value.IsEmpty)
            return default;
        bool wide = value.Length == 8;
        uint number = wide ? BinaryPrimitives.ReadUInt32BigEndian(value) : BinaryPrimitives.ReadUInt16BigEndian(value);
        var as4 = attributes.Value(message, PathAttributeType.As4Aggregator);
        if (!wide && number == AsTrans && as4.Length == 8)
            return (BinaryPrimitives.ReadUInt32BigEndian(as4), BinaryPrimitives.ReadUInt32BigEndian(as4[4..]));
        return (number, BinaryPrimitives.ReadUInt32BigEndian(value[^4..]));
    }
}
