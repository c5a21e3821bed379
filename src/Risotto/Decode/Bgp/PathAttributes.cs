using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Risotto.Frame;

namespace Risotto.Decode.Bgp;

/// <summary>
/// Where each path attribute of one UPDATE is (RFC 4271 4.3: Attr. Flags (1), Attr. Type Code (1), Attribute Length
/// (1, or 2 with the Extended Length flag), value). A table by type code that is never cleared: <see cref="Present"/> says
/// which entries count. Offsets are bytes of the BGP message.
/// </summary>
internal struct PathAttributes
{
    private const int TableSize = 64;

    /// <summary>The Extended Length flag: Attribute Length has 2 bytes.</summary>
    public const byte ExtendedLength = 0x10;

    /// <summary>MP_REACH_NLRI and MP_UNREACH_NLRI as bits of <see cref="Present"/>.</summary>
    public const ulong MpAttributes = 1ul << (int)PathAttributeType.MpReachNlri | 1ul << (int)PathAttributeType.MpUnreachNlri;

    // RFC 7606 7.5, 7.9, 7.10: attributes of an internal peer. An external one has no reason to send them, readable or not.
    private const ulong InternalOnly = 1ul << (int)PathAttributeType.LocalPref | 1ul << (int)PathAttributeType.OriginatorId
        | 1ul << (int)PathAttributeType.ClusterList;

    // The types that the record has fields for: all that have a name.
    private static readonly ulong WithField = Enum.GetValues<PathAttributeType>().Aggregate(0ul, (bits, type) => bits | 1ul << (int)type);

    private Slots _slots;
    private PathAttributeTypeSet _highTypes;

    /// <summary>Bit n: attribute type n is there and counts.</summary>
    public ulong Present { get; private set; }

    /// <summary>Bit n: attribute type n is there and can be read.</summary>
    public ulong Readable { get; private set; }

    /// <summary>Bit n: attribute type n was on the wire.</summary>
    public ulong Received { get; private set; }

    /// <summary>
    /// Some attributes go to <c>otherAttributes</c>: they have a type without a field of its own, or their value cannot be read.
    /// </summary>
    public bool HasOthers { get; private set; }

    /// <summary>MP_REACH_NLRI or MP_UNREACH_NLRI comes more than once.</summary>
    public bool RepeatsMpAttributes { get; private set; }

    /// <summary>The error with the strongest action; the first of equals.</summary>
    public BmpError Worst { get; private set; }

    /// <summary>The first byte of the attributes, and the first one after them.</summary>
    public int Start { get; private set; }

    public int End { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Has(PathAttributeType type) => (Present >> (int)type & 1) != 0;

    /// <summary>The value's bytes; empty where the attribute is not there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ReadOnlySpan<byte> Value(ReadOnlySpan<byte> message, PathAttributeType type)
    {
        if (!Has(type))
            return default;
        uint slot = _slots[(int)type];
        return message.Slice((int)(slot >> 16), (int)(slot & 0xFFFF));
    }

    /// <summary>The value's first byte, counted from the start of the BGP message; only where <see cref="Has"/>.</summary>
    public readonly int Offset(PathAttributeType type) => (int)(_slots[(int)type] >> 16);

    /// <summary>A 4-byte value, or 0 where the attribute is not there. No branch: absent ones read the message's first bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint UInt32(ReadOnlySpan<byte> message, PathAttributeType type)
    {
        uint mask = (uint)-(int)(Present >> (int)type & 1);
        return BinaryPrimitives.ReadUInt32BigEndian(message[(int)((_slots[(int)type] & mask) >> 16)..]) & mask;
    }

    /// <summary>
    /// Scans the attributes between two bytes of the message; <paramref name="external"/>: received over an eBGP session. Of a repeated
    /// attribute the first counts (RFC 7606 3.g).
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Scan(ReadOnlySpan<byte> message, int start, int end, bool external)
    {
        Start = start;
        End = end;
        Worst = default;
        HasOthers = RepeatsMpAttributes = false;
        ulong present = 0, unreadable = 0;
        var bytes = message[..end];
        var rules = PathAttributeRule.Table;
        int position = start;
        while (position < bytes.Length)
        {
            int header = position;
            if (bytes.Length - position < 3)
            {
                Note(BmpErrorCode.AttributeTruncated, header);
                break;
            }
            byte flags = bytes[position];
            int type = bytes[position + 1];
            int length = bytes[position + 2];
            position += 3;
            if ((flags & ExtendedLength) != 0)
            {
                if (position == bytes.Length)
                {
                    Note(BmpErrorCode.AttributeTruncated, header);
                    break;
                }
                length = length << 8 | bytes[position++];
            }
            if (length > bytes.Length - position)
            {
                Note(BmpErrorCode.AttributeTruncated, header);
                HasOthers = true;
                break;
            }
            if (type < TableSize)
            {
                ulong bit = 1ul << type;
                if ((present & bit) == 0)
                {
                    present |= bit;
                    _slots[type] = (uint)(position << 16 | length);
                    if (!rules[type].Holds(flags, length) && !CanBeRead(rules[type], length, external && (InternalOnly & bit) != 0, header))
                        unreadable |= bit;
                }
                else
                    NoteRepeated((bit & MpAttributes) != 0, header);
            }
            else
                TakeHighType(type, header);
            position += length;
        }
        Received = present;
        Present = Readable = present & ~unreadable;
        HasOthers |= (present & ~WithField | unreadable) != 0;
    }

    /// <summary>The attribute can be read, but does not count.</summary>
    public void Ignore(PathAttributeType type) => Present &= ~(1ul << (int)type);

    /// <summary>The value of the attribute cannot be read: the attribute is left out of the record, and its bytes are kept.</summary>
    public void Discard(PathAttributeType type, BmpErrorCode code)
    {
        Note(code, Offset(type));
        Present &= ~(1ul << (int)type);
        Readable &= ~(1ul << (int)type);
        HasOthers = true;
    }

    /// <summary>
    /// After a scan: takes a later one of a repeated attribute in place of the first. Where there are not so many none is present.
    /// </summary>
    /// <param name="message">The message of the scan.</param>
    /// <param name="type">Of the attribute.</param>
    /// <param name="skipped">The number of attributes of the type before it.</param>
    /// <param name="hasMore">Another one comes after it.</param>
    public void TakeRepeated(ReadOnlySpan<byte> message, PathAttributeType type, int skipped, out bool hasMore)
    {
        hasMore = false;
        int before = 0;
        Present &= ~(1ul << (int)type);
        for (var each = new PathAttributeEnumerator(message[Start..End]); each.MoveNext() && !hasMore;)
        {
            if (each.Type != (byte)type || before++ < skipped)
                continue;
            hasMore = Has(type);
            if (hasMore || !PathAttributeRule.Table[(int)type].HasLength(each.Value.Length))
                continue;
            Present |= 1ul << (int)type;
            _slots[(int)type] = (uint)(Start + each.ValueStart << 16 | each.Value.Length);
        }
    }

    /// <summary>An earlier scan of the same UPDATE has noted the errors.</summary>
    public void ForgetErrors() => Worst = default;

    /// <summary>Keeps the error whose action is the strongest.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Note(BmpErrorCode code, int offset)
    {
        if (!Worst.IsError || code.Action() > Worst.Code.Action())
            Worst = new BmpError(code, offset);
    }

    /// <summary>Whether an attribute has no field of its own, or has no value that the field can take.</summary>
    public readonly bool IsOther(int type) => type >= TableSize || ((WithField & Readable) >> type & 1) == 0;

    // A type without a slot. None of them has a rule, but only the first of each type counts (RFC 7606 3.g).
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TakeHighType(int type, int header)
    {
        if (!HasOthers)
            _highTypes = default;
        HasOthers = true;
        if (!_highTypes.Add(type))
            Note(BmpErrorCode.AttributeRepeated, header);
    }

    // RFC 7606 3.c and 4 name both errors. Wrong flags leave the value readable, a wrong length does not.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool CanBeRead(in PathAttributeRule rule, int length, bool isUncalledFor, int header)
    {
        bool canBeRead = rule.HasLength(length);
        Note(canBeRead ? BmpErrorCode.AttributeFlagsInvalid
            : isUncalledFor ? BmpErrorCode.InternalAttributeFromExternalPeer : rule.Error, header);
        return canBeRead;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void NoteRepeated(bool isMpAttribute, int header)
    {
        Note(isMpAttribute ? BmpErrorCode.MpAttributeRepeated : BmpErrorCode.AttributeRepeated, header);
        RepeatsMpAttributes |= isMpAttribute;
    }

    [InlineArray(TableSize)]
    private struct Slots
    {
        private uint _first;
    }
}
