using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Record;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Risotto.Encode;

/// <summary>
/// Lays out one record of an UPDATE in the batch: the view's template, the fixed fields, then one list after the other. The caller
/// fills in the fields that differ between the UPDATE's prefixes: prefix, path identifier, RD, sequence.
/// </summary>
internal static class UpdateEncoder
{
    private const int Word = 8;

    // What the smallest lists and their padding take at most beside the attributes, and how much larger an attribute becomes.
    private const int FixedLists = 384, Growth = 8;

    private const int LargeCommunityLength = 12, OriginIncomplete = 2;

    // For Vector128.Shuffle: an index past the end gives 0.
    private const byte Zero = 0xFF;

    private static Vector128<byte> ReverseEach4 => Vector128.Create((byte)3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);

    private static Vector128<byte> Widen01 =>
        Vector128.Create((byte)1, 0, Zero, Zero, 3, 2, Zero, Zero, 5, 4, Zero, Zero, 7, 6, Zero, Zero);

    private static Vector128<byte> Widen23 =>
        Vector128.Create((byte)9, 8, Zero, Zero, 11, 10, Zero, Zero, 13, 12, Zero, Zero, 15, 14, Zero, Zero);

    /// <summary>The bytes that <see cref="WriteUnknownOrigin"/> writes.</summary>
    public const int UnknownOriginLength = 2 * Word;

    /// <summary>
    /// The space that any record of an UPDATE with so many bytes of attributes needs, including what the encoder writes after it for a
    /// moment.
    /// </summary>
    public static int MaxSize(RecordTemplate template, int attributeBytes) => template.Length + FixedLists + Growth * attributeBytes;

    /// <summary>Writes the record to the start of <paramref name="space"/> and returns its length, a multiple of 8.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int LayOut(
        Span<byte> space, ReadOnlySpan<byte> message, DecodedUpdate update, int fieldIndex, RecordTemplate template)
    {
        Block64.Copy(template.Bytes, space);
        ref var row = ref MemoryMarshal.AsRef<UpdateRow>(space);
        ref readonly var field = ref update.Fields[fieldIndex];
        row.TimeReceivedNs = update.ReceivedNs;
        row.TimeBmpHeaderNs = update.BmpHeaderNs;
        row.Afi = field.Family.Afi;
        row.Safi = field.Family.Safi;
        if (field.HasPathIds)
            row.Bits |= UpdateBits.HasPathId;
        if (update.HasMpReach)
        {
            row.MpReachAfi = update.Reach.Family.Afi;
            row.MpReachSafi = update.Reach.Family.Safi;
        }
        if (update.HasMpUnreach)
        {
            row.MpUnreachAfi = update.Unreach.Family.Afi;
            row.MpUnreachSafi = update.Unreach.Family.Safi;
        }
        row.ErrorAction = update.Action;
        int end = template.Length;
        if (field.IsAnnouncement)
            row.Bits |= UpdateBits.Announced;
        WriteAttributes(space, ref end, ref row, message, update, fieldIndex);
        row.SegmentWords = (uint)(end - Word) / Word;
        return end;
    }

    /// <summary>Fills in the fields of one prefix.</summary>
    public static void WriteRoute(ref UpdateRow row, AddressFamily family, in RouteIdentity route)
    {
        row.PathId = route.PathId;
        row.RouteDistinguisher = route.RouteDistinguisher;
        row.PrefixLen = route.Length;
        row.PrefixAddr = route.Address(family);
    }

    private static void WriteAttributes(
        Span<byte> space, ref int end, ref UpdateRow row, ReadOnlySpan<byte> message, DecodedUpdate update, int fieldIndex)
    {
        ref readonly var attributes = ref update.Attributes;
        row.AttributesPresent = attributes.Readable;
        row.MultiExitDisc = attributes.UInt32(message, PathAttributeType.MultiExitDisc);
        row.LocalPreference = attributes.UInt32(message, PathAttributeType.LocalPref);

        // NEXT_HOP belongs to the classic NLRI field. All other prefixes of the message have the next hop of MP_REACH_NLRI, if there is
        // one.
        if (update.HasMpReach && update.Reach.Family.IsDecoded && fieldIndex != DecodedUpdate.Nlri)
        {
            row.NextHop = update.Reach.NextHop(message);
            var linkLocal = update.Reach.LinkLocalNextHop(message);
            if (!linkLocal.IsEmpty)
            {
                int pointer = UpdateLayout.Pointer(UpdatePointer.NextHopLinkLocal);
                Put(space, pointer, UpdateLayout.Address(pointer, end));
                Ipv6Address.FromV6(linkLocal).CopyTo(space[end..]);
                end += UpdateLayout.AddressLength;
            }
        }
        else if (attributes.Has(PathAttributeType.NextHop))
            row.NextHop = Ipv6Address.FromV4(message[attributes.Offset(PathAttributeType.NextHop)..]);

        const ulong rare = 1ul << (int)PathAttributeType.AtomicAggregate | 1ul << (int)PathAttributeType.Aggregator
            | 1ul << (int)PathAttributeType.OriginatorId | 1ul << (int)PathAttributeType.ClusterList
            | 1ul << (int)PathAttributeType.OnlyToCustomer;
        if ((attributes.Present & rare) != 0)
            WriteRare(space, ref end, ref row, message, attributes);

        WriteOrigin(space, ref end, attributes.Has(PathAttributeType.Origin) ? message[attributes.Offset(PathAttributeType.Origin)]
            : OriginIncomplete);
        WriteAsPath(space, ref end, message, update);
        if (attributes.Has(PathAttributeType.Communities))
        {
            WriteCommunities(space, ref end, message, attributes.Offset(PathAttributeType.Communities),
                attributes.Value(message, PathAttributeType.Communities).Length >> 2);
        }
        WriteLargeCommunities(space, ref end, attributes.Value(message, PathAttributeType.LargeCommunities));
        const ulong extended = 1ul << (int)PathAttributeType.ExtendedCommunities | 1ul << (int)PathAttributeType.Ipv6ExtendedCommunities;
        if ((attributes.Present & extended) != 0)
        {
            ExtendedCommunityList.Write(
                space, ref end, attributes.Value(message, PathAttributeType.ExtendedCommunities),
                attributes.Value(message, PathAttributeType.Ipv6ExtendedCommunities));
        }
        if (attributes.HasOthers)
            OtherAttributeList.Write(space, ref end, message, attributes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteRare(
        Span<byte> space, ref int end, ref UpdateRow row, ReadOnlySpan<byte> message, in PathAttributes attributes)
    {
        if (attributes.Has(PathAttributeType.AtomicAggregate))
            row.Bits |= UpdateBits.AtomicAggregate;
        (row.AggregatorAsn, row.AggregatorBgpId) = UpdateDecoder.Aggregator(message, attributes);
        row.OriginatorId = attributes.UInt32(message, PathAttributeType.OriginatorId);
        row.OnlyToCustomer = attributes.UInt32(message, PathAttributeType.OnlyToCustomer);
        if (attributes.Has(PathAttributeType.ClusterList))
        {
            WriteNumbers(space, ref end, UpdateLayout.Pointer(UpdatePointer.ClusterList), message,
                attributes.Offset(PathAttributeType.ClusterList),
                attributes.Value(message, PathAttributeType.ClusterList).Length >> 2);
        }
    }

    /// <summary>The origin of a withdrawal without attributes: INCOMPLETE, <see cref="UnknownOriginLength"/> bytes.</summary>
    public static void WriteUnknownOrigin(Span<byte> space, ref int end) => WriteOrigin(space, ref end, OriginIncomplete);

    // Text with its NUL: IGP, EGP, INCOMPLETE.
    private static void WriteOrigin(Span<byte> space, ref int end, int origin)
    {
        const ulong igp = 0x00_50_47_49, egp = 0x00_50_47_45, incomplete0 = 0x454C504D_4F434E49, incomplete1 = 0x4554;
        bool isIncomplete = origin >= OriginIncomplete;
        int pointer = UpdateLayout.Pointer(UpdatePointer.Origin);
        Put(space, pointer, WirePointer.List(Offset(pointer, end), WirePointer.Byte, isIncomplete ? 11 : 4));
        Put(space, end, isIncomplete ? incomplete0 : origin == 0 ? igp : egp);
        end += Word;
        if (isIncomplete)
        {
            Put(space, end, incomplete1);
            end += Word;
        }
    }

    private static void WriteAsPath(Span<byte> space, ref int end, ReadOnlySpan<byte> message, DecodedUpdate update)
    {
        var path = update.Attributes.Value(message, PathAttributeType.AsPath);
        if (path.IsEmpty)
            return;
        if (update.AsWidth == 4 && AsPath.IsSingleSequence(path))
        {
            int numbers = update.Attributes.Offset(PathAttributeType.AsPath) + 2;
            WriteNumbers(space, ref end, UpdateLayout.Pointer(UpdatePointer.AsPath), message, numbers, path[1]);
        }
        else
            AsPathLists.Write(space, ref end, message, update);
    }

    /// <summary>
    /// Writes a List(UInt32) of the big-endian numbers at <paramref name="offset"/> of the message, eight at once whatever the count is:
    /// most lists are shorter, and a loop over an unpredictable count costs more than the surplus, which the next list overwrites.
    /// </summary>
    private static void WriteNumbers(Span<byte> space, ref int end, int pointer, ReadOnlySpan<byte> message, int offset, int count)
    {
        Put(space, pointer, WirePointer.List(Offset(pointer, end), WirePointer.FourBytes, count));
        var list = space[end..];
        int at = 0;
        for (; at < count && message.Length - offset >= 32; at += 8, offset += 32)
        {
            var source = message.Slice(offset, 32);
            var target = list.Slice(at * 4, 32);
            Vector128.Shuffle(Vector128.Create(source), ReverseEach4).CopyTo(target);
            Vector128.Shuffle(Vector128.Create(source[16..]), ReverseEach4).CopyTo(target[16..]);
        }
        for (; at < count; at++, offset += 4)
            BinaryPrimitives.WriteUInt32LittleEndian(list[(at * 4)..], BinaryPrimitives.ReadUInt32BigEndian(message[offset..]));
        // The padding after an odd count: the batch's memory is not cleared.
        BinaryPrimitives.WriteUInt32LittleEndian(list[(count * 4)..], 0);
        end += (count + 1 & ~1) * 4;
    }

    // RFC 1997: AS number (2) and value (2) become UInt32 asn and UInt16 value of one word. Eight at once, as above.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteCommunities(Span<byte> space, ref int end, ReadOnlySpan<byte> message, int offset, int count)
    {
        int pointer = UpdateLayout.Pointer(UpdatePointer.Communities);
        Put(space, pointer, WirePointer.List(Offset(pointer, end), WirePointer.Composite, count));
        Put(space, end, WirePointer.Tag(count, 1, 0));
        end += Word;
        var list = space[end..];
        int at = 0;
        for (; at < count && message.Length - offset >= 32; at += 8, offset += 32)
        {
            var source = message.Slice(offset, 32);
            var target = list.Slice(at * Word, 64);
            var first = Vector128.Create(source);
            var second = Vector128.Create(source[16..]);
            Vector128.Shuffle(first, Widen01).CopyTo(target);
            Vector128.Shuffle(first, Widen23).CopyTo(target[16..]);
            Vector128.Shuffle(second, Widen01).CopyTo(target[32..]);
            Vector128.Shuffle(second, Widen23).CopyTo(target[48..]);
        }
        for (; at < count; at++, offset += 4)
        {
            uint community = BinaryPrimitives.ReadUInt32BigEndian(message[offset..]);
            Put(list, at * Word, community >> 16 | (ulong)(ushort)community << 32);
        }
        end += count * Word;
    }

    // RFC 8092: three big-endian UInt32 become two words.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteLargeCommunities(Span<byte> space, ref int end, ReadOnlySpan<byte> communities)
    {
        if (communities.IsEmpty)
            return;
        int count = communities.Length / LargeCommunityLength, pointer = UpdateLayout.Pointer(UpdatePointer.LargeCommunities);
        Put(space, pointer, WirePointer.List(Offset(pointer, end), WirePointer.Composite, count * 2));
        Put(space, end, WirePointer.Tag(count, 2, 0));
        end += Word;
        for (; communities.Length >= LargeCommunityLength; communities = communities[LargeCommunityLength..])
        {
            Put(space, end, BinaryPrimitives.ReadUInt32BigEndian(communities)
                | (ulong)BinaryPrimitives.ReadUInt32BigEndian(communities[4..]) << 32);
            Put(space, end + Word, BinaryPrimitives.ReadUInt32BigEndian(communities[8..]));
            end += 2 * Word;
        }
    }

    /// <summary>Writes a Data value, padded with zeros to a whole word.</summary>
    public static void WriteData(Span<byte> space, ref int end, int pointer, ReadOnlySpan<byte> value)
    {
        Put(space, pointer, WirePointer.List(Offset(pointer, end), WirePointer.Byte, value.Length));
        int padded = value.Length + 7 & -8;
        var target = space.Slice(end, padded);
        value.CopyTo(target);
        target[value.Length..].Clear();
        end += padded;
    }

    /// <summary>The words between a pointer and its target.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Offset(int pointer, int target) => (target - pointer) / Word - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(Span<byte> space, int at, ulong word) => BinaryPrimitives.WriteUInt64LittleEndian(space[at..], word);
}
