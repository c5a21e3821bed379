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

    // RFC 7606 7.5, 7.9, 7.10: from an external peer these are discarded where they would be treat-as-withdraw.
    private const ulong InternalOnly = 1ul << (int)PathAttributeType.LocalPref | 1ul << (int)PathAttributeType.OriginatorId
        | 1ul << (int)PathAttributeType.ClusterList;

    // The types that the record has fields for: all that have a name.
    private static readonly ulong WithField = Enum.GetValues<PathAttributeType>().Aggregate(0ul, (bits, type) => bits | 1ul << (int)type);

    private Slots _slots;
    private PathAttributeTypeSet _highTypes;

    /// <summary>Bit n: attribute type n is there and usable.</summary>
    public ulong Present { get; private set; }

    /// <summary>Bit n: attribute type n was on the wire.</summary>
    public ulong Received { get; private set; }

    /// <summary>Some attributes have a type without a field of its own: they go to <c>otherAttributes</c>.</summary>
    public bool HasOthers { get; private set; }

    /// <summary>The error with the strongest RFC 7606 action; the first of equals.</summary>
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
    /// Scans the attributes between two bytes of the message; <paramref name="external"/>: received over an eBGP session.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Scan(ReadOnlySpan<byte> message, int start, int end, bool external)
    {
        Start = start;
        End = end;
        Worst = default;
        HasOthers = false;
        ulong present = 0, discarded = 0;
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
                break;
            }
            if (type < TableSize)
            {
                ulong bit = 1ul << type;
                if ((present & bit) == 0)
                {
                    present |= bit;
                    _slots[type] = (uint)(position << 16 | length);
                    if (!rules[type].Holds(flags, length))
                    {
                        var reason = external && (InternalOnly & bit) != 0
                            ? BmpErrorCode.InternalAttributeFromExternalPeer
                            : Reason(rules[type], flags);
                        Note(reason, header);
                        if (reason.Action() == BmpErrorAction.AttributeDiscard)
                            discarded |= bit;
                    }
                }
                else
                    Note((MpAttributes & bit) != 0 ? BmpErrorCode.MpAttributeRepeated : BmpErrorCode.AttributeRepeated, header);
            }
            else
                TakeHighType(type, header);
            position += length;
        }
        Received = present;
        Present = present & ~discarded;
        HasOthers |= (present & ~WithField) != 0;
    }

    /// <summary>RFC 7606: attribute discard.</summary>
    public void Discard(PathAttributeType type) => Present &= ~(1ul << (int)type);

    /// <summary>Keeps the error whose action is the strongest.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Note(BmpErrorCode code, int offset)
    {
        if (code.Action() > Worst.Code.Action())
            Worst = new BmpError(code, offset);
    }

    /// <summary>Whether an attribute has no field of its own.</summary>
    public static bool IsOther(int type) => type >= TableSize || (WithField >> type & 1) == 0;

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

    // RFC 7606 3.c: wrong flags are treat-as-withdraw. No attribute's own RFC says otherwise.
    private static BmpErrorCode Reason(in PathAttributeRule rule, byte flags) =>
        ((flags ^ rule.Flags) & rule.FlagsMask) != 0 ? BmpErrorCode.AttributeFlagsInvalid : rule.Error;

    [InlineArray(TableSize)]
    private struct Slots
    {
        private uint _first;
    }
}
