using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Frame;

namespace Risotto.Decode;

/// <summary>
/// Reads an UPDATE into a <see cref="DecodedUpdate"/>. The UPDATE of a Route Monitoring message reports what the router has (RFC 7854 5):
/// the router has already done what RFC 7606 asks for. So an error costs no more than the part that cannot be read.
/// </summary>
internal static class UpdateDecoder
{
    /// <summary>RFC 6793 9: replaces a 4-byte AS number where only 2 bytes fit.</summary>
    private const ushort AsTrans = 23456;

    /// <param name="message">The BGP message, marker included.</param>
    /// <param name="offset">Its offset in the BMP message.</param>
    /// <param name="view">The context: address families with path identifiers, AS number width, eBGP or not.</param>
    /// <param name="update">The result; overwritten.</param>
    /// <param name="part">The NLRI fields to read.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Decode(ReadOnlySpan<byte> message, int offset, PeerView view, DecodedUpdate update, UpdatePart part)
    {
        update.Prefixes = 0;
        update.Traits = default;
        update.PresentFields = 0;
        bool fits = UpdateMessage.TryRead(message, out var parts);
        ref var attributes = ref update.Attributes;
        attributes.Scan(message, parts.AttributesStart, parts.AttributesEnd, view.Peer.IsExternal && view.IsAdjRibInPrePolicy);
        if (!fits)
            attributes.Note(BmpErrorCode.UpdateLengthsInvalid, BgpMessageHeader.Length);
        if (!part.IsWhole)
        {
            ReadPart(message, parts, view, update, part, offset);
            return;
        }
        ReadWithdrawals(message, parts, view, update);
        ReadAnnouncements(message, parts, view, update);
        CheckValues(message, view, update);
        if (attributes.RepeatsMpAttributes)
            update.Traits |= UpdateTraits.More;
        update.Error = attributes.Worst with { Offset = attributes.Worst.Offset + offset };
        update.Action = update.Error.Code.Action();
        // RFC 4724 2: an UPDATE without a reachable or withdrawn prefix, but for an empty MP_UNREACH_NLRI.
        if (update.Prefixes == 0 && update.Action == BmpErrorAction.None
            && parts.WithdrawnStart == parts.WithdrawnEnd && parts.AttributesEnd == parts.NlriEnd
            && (attributes.Received == 0 ? parts.AttributesStart == parts.AttributesEnd
                : attributes.Received == 1ul << (int)PathAttributeType.MpUnreachNlri && update.Unreach.NlriStart == update.Unreach.NlriEnd))
            update.Traits |= UpdateTraits.EndOfRib;
    }

    // The errors of the attributes and of the first fields are those of the whole UPDATE, and noted already.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ReadPart(
        ReadOnlySpan<byte> message, in UpdateMessage parts, PeerView view, DecodedUpdate update, UpdatePart part, int offset)
    {
        ref var attributes = ref update.Attributes;
        CheckValues(message, view, update);
        update.Action = attributes.Worst.Code.Action();
        attributes.ForgetErrors();
        var type = part.Withdraws ? PathAttributeType.MpUnreachNlri : PathAttributeType.MpReachNlri;
        attributes.TakeRepeated(message, type, part.Skipped, out bool hasMore);
        var classic = part.Skipped == 0 ? parts : default;
        if (part.Withdraws)
            ReadWithdrawals(message, classic, view, update);
        else
            ReadAnnouncements(message, classic, view, update);
        if (part.Skipped == 0)
            attributes.ForgetErrors();
        if (hasMore && part.IsLast)
            attributes.Note(BmpErrorCode.MpAttributesTooMany, attributes.Offset(type));
        else if (hasMore)
            update.Traits |= UpdateTraits.More;
        update.Error = attributes.Worst with { Offset = attributes.Worst.Offset + offset };
        update.Action = (BmpErrorAction)Math.Max((byte)update.Action, (byte)update.Error.Code.Action());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadWithdrawals(ReadOnlySpan<byte> message, in UpdateMessage parts, PeerView view, DecodedUpdate update)
    {
        if (parts.WithdrawnStart < parts.WithdrawnEnd)
            ReadField(message, DecodedUpdate.WithdrawnRoutes, parts.WithdrawnStart, parts.WithdrawnEnd, AddressFamily.Ipv4Unicast, false,
                view, update);
        if (update.Attributes.Has(PathAttributeType.MpUnreachNlri))
            ReadMpUnreach(message, view, update);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadAnnouncements(ReadOnlySpan<byte> message, in UpdateMessage parts, PeerView view, DecodedUpdate update)
    {
        if (parts.AttributesEnd < parts.NlriEnd)
            ReadField(message, DecodedUpdate.Nlri, parts.AttributesEnd, parts.NlriEnd, AddressFamily.Ipv4Unicast, true, view, update);
        if (update.Attributes.Has(PathAttributeType.MpReachNlri))
            ReadMpReach(message, view, update);
    }

    private static void ReadMpReach(ReadOnlySpan<byte> message, PeerView view, DecodedUpdate update)
    {
        ref var attributes = ref update.Attributes;
        int start = attributes.Offset(PathAttributeType.MpReachNlri);
        if (!MpReachNlri.TryRead(message, start, attributes.Value(message, PathAttributeType.MpReachNlri).Length, out update.Reach))
        {
            attributes.Discard(PathAttributeType.MpReachNlri, BmpErrorCode.MpReachInvalid);
            return;
        }
        update.Traits |= UpdateTraits.MpReach;
        if (!update.Reach.Family.IsDecoded)
        {
            update.Traits |= UpdateTraits.SkippedReach;
            return;
        }
        // RFC 8671 5.2: before its policy has run, an Adj-RIB-Out may have no next hop.
        if (!update.Reach.HasUsualNextHopLength && !(update.Reach.NextHopLength == 0 && view.RibView == RibView.AdjRibOutPrePolicy))
        {
            attributes.Note(
                update.Reach.HasReadableNextHop ? BmpErrorCode.MpReachNextHopUnusual : BmpErrorCode.MpReachNextHopInvalid, start + 3);
        }
        ReadField(message, DecodedUpdate.MpReach, update.Reach.NlriStart, update.Reach.NlriEnd, update.Reach.Family, true, view, update);
    }

    private static void ReadMpUnreach(ReadOnlySpan<byte> message, PeerView view, DecodedUpdate update)
    {
        ref var attributes = ref update.Attributes;
        int start = attributes.Offset(PathAttributeType.MpUnreachNlri);
        MpUnreachNlri.TryRead(message, start, attributes.Value(message, PathAttributeType.MpUnreachNlri).Length, out update.Unreach);
        update.Traits |= UpdateTraits.MpUnreach;
        if (update.Unreach.Family.IsDecoded)
            ReadField(message, DecodedUpdate.MpUnreach, update.Unreach.NlriStart, update.Unreach.NlriEnd, update.Unreach.Family, false,
                view, update);
        else if (update.Unreach.NlriStart < update.Unreach.NlriEnd)
            update.Traits |= UpdateTraits.SkippedUnreach;
    }

    private static void ReadField(
        ReadOnlySpan<byte> message, int index, int start, int end, AddressFamily family, bool isAnnouncement, PeerView view,
        DecodedUpdate update)
    {
        ref var decision = ref view.AddPath[family.Index];
        bool hasLabelStacks = isAnnouncement && family.HasLabels && view.Peer.HasLabelStacks(family.Index);
        bool hasPathIds = decision.HasPathIds;
        var check = NlriReader.Check(message, start, end, family, hasPathIds, hasLabelStacks);
        bool isSuspicious = check.IsSuspicious;
        if (!check.IsValid)
            check = ReadOtherwise(message, index, start, end, family, hasLabelStacks, ref hasPathIds, check, update);
        // A decided family is doubted again when its bytes are suspicious; for a labelled prefix its padding bits are checked too.
        if (isSuspicious || !decision.IsDecided && start < end)
            update.Traits |= UpdateTraits.Doubtful;
        ref var field = ref update.Fields[index];
        update.PresentFields |= 1 << index;
        field.Start = start;
        field.End = check.IsValid ? end : check.ErrorAt;
        field.ReceivedEnd = end;
        field.Family = family;
        field.HasPathIds = hasPathIds;
        field.HasLabelStacks = hasLabelStacks;
        field.IsAnnouncement = isAnnouncement;
        field.Prefixes = check.Prefixes;
        update.Prefixes += check.Prefixes;
    }

    // Where the field cannot be read in the way that is decided, but in the other way without a fault, the router wrote it in the other
    // way.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static NlriCheck ReadOtherwise(
        ReadOnlySpan<byte> message, int index, int start, int end, AddressFamily family, bool hasLabelStacks, ref bool hasPathIds,
        NlriCheck check, DecodedUpdate update)
    {
        var other = NlriReader.Check(message, start, end, family, !hasPathIds, hasLabelStacks);
        if (other.IsPlausible(!hasPathIds) && !other.IsRare)
        {
            hasPathIds = !hasPathIds;
            update.Traits |= UpdateTraits.PathIdsMismatch;
            return other;
        }
        update.Attributes.Note(Error(index), check.ErrorAt);
        return check;
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
        // RFC 8671 5.2: before its policy has run, an Adj-RIB-Out may have no next hop, or an empty one.
        if (view.RibView == RibView.AdjRibOutPrePolicy)
            needed &= ~nextHop;
        // A Loc-RIB also holds the router's own routes. No peer sent them, and they may have no AS_PATH.
        if ((present & needed) != needed && view.RibView != RibView.LocRib)
            attributes.Note(BmpErrorCode.MandatoryAttributeMissing, attributes.Start);

        var origin = attributes.Value(message, PathAttributeType.Origin);
        if (!origin.IsEmpty && origin[0] > 2)
            attributes.Discard(PathAttributeType.Origin, BmpErrorCode.OriginInvalid);

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
            update.Traits |= UpdateTraits.AsWidthMismatch;
        }
        else
            attributes.Discard(PathAttributeType.AsPath, BmpErrorCode.AsPathInvalid);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CheckRare(ReadOnlySpan<byte> message, DecodedUpdate update)
    {
        ref var attributes = ref update.Attributes;
        // RFC 7606 7.7: 8 bytes with 4-byte AS numbers, 6 without. Its own length says which. Beside an empty AS_PATH only the A flag
        // shows the width, and FRR 8.4 writes 6 bytes there without the flag.
        if (attributes.Has(PathAttributeType.Aggregator)
            && attributes.Value(message, PathAttributeType.Aggregator).Length != update.AsWidth + 4
            && !attributes.Value(message, PathAttributeType.AsPath).IsEmpty)
            attributes.Note(BmpErrorCode.AggregatorWidthUnusual, attributes.Offset(PathAttributeType.Aggregator));
        // RFC 6793 4.2.3: AS4_PATH counts only beside a 2-byte AS_PATH, and not where a 2-byte speaker aggregated on the way.
        var as4 = attributes.Value(message, PathAttributeType.As4Path);
        if (!as4.IsEmpty && !AsPath.IsValid(as4, 4))
            attributes.Discard(PathAttributeType.As4Path, BmpErrorCode.As4PathInvalid);
        else if (!as4.IsEmpty && (update.AsWidth == 4 || HasForeignAggregator(message, attributes)))
            attributes.Ignore(PathAttributeType.As4Path);
        if (attributes.Value(message, PathAttributeType.LargeCommunities).Length % 12 != 0)
            attributes.Discard(PathAttributeType.LargeCommunities, BmpErrorCode.LargeCommunitiesInvalid);
        if (attributes.Value(message, PathAttributeType.Ipv6ExtendedCommunities).Length % 20 != 0)
            attributes.Discard(PathAttributeType.Ipv6ExtendedCommunities, BmpErrorCode.Ipv6ExtendedCommunitiesInvalid);
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
