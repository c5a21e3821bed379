using System.Buffers.Binary;
using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Frame;

namespace Replay.Explain;

/// <summary>
/// An UPDATE, RFC 4271 4.3: lengths, withdrawn routes, path attributes, NLRI. The product's decoder says how each part is read, so that
/// this is what the collector makes of the bytes.
/// </summary>
internal readonly ref struct UpdateText
{
    private const int LengthBytes = 2, ReachNextHop = 4;

    private readonly FieldWriter _fields;
    private readonly ReadOnlySpan<byte> _bgp;
    private readonly int _offset;
    private readonly UpdateFields _update;
    private readonly RibView _view;
    private readonly IReadOnlyDictionary<int, string>? _fates;
    private readonly UpdateMessage _parts;
    private readonly bool _fits;

    private UpdateText(
        FieldWriter fields, ReadOnlySpan<byte> bgp, int offset, PeerView view, IReadOnlyDictionary<int, string>? fates)
    {
        _fields = fields;
        _bgp = bgp;
        _offset = offset;
        _update = UpdateFields.Read(bgp, offset, view);
        _view = view.RibView;
        _fates = fates;
        _fits = UpdateMessage.TryRead(bgp, out _parts);
    }

    /// <param name="fields">Takes the lines.</param>
    /// <param name="bgp">The BGP message, marker included.</param>
    /// <param name="offset">Its offset in the BMP message.</param>
    /// <param name="view">How the peer's messages are read.</param>
    /// <param name="fates">What has become of the prefixes, by their offset in the BGP message; null where nothing becomes of them.</param>
    public static void Print(
        FieldWriter fields, ReadOnlySpan<byte> bgp, int offset, PeerView view, IReadOnlyDictionary<int, string>? fates) =>
        new UpdateText(fields, bgp, offset, view, fates).Print();

    private void Print()
    {
        if (!PrintLength(BgpMessageHeader.Length, "Withdrawn Routes Length", out int withdrawn))
            return;
        int attributesLength = BgpMessageHeader.Length + LengthBytes + withdrawn;
        if (_parts.WithdrawnStart < _parts.WithdrawnEnd)
            PrintNlri(_parts.WithdrawnStart, _parts.WithdrawnEnd);
        if (attributesLength > _bgp.Length)
        {
            _fields.Odd("the length goes past the end of the message: nothing says where the withdrawn routes end");
            _fields.Field(_offset + BgpMessageHeader.Length + LengthBytes, "Not read",
                FieldWriter.Hex(_bgp[(BgpMessageHeader.Length + LengthBytes)..]));
            return;
        }
        if (!PrintLength(attributesLength, "Total Path Attribute Length", out _))
            return;
        if (!_fits)
            _fields.Odd("the length goes past the end of the message: the attributes are read up to the end");
        if (_parts.AttributesStart < _parts.AttributesEnd)
            PrintAttributes();
        PrintMissing();
        if (_parts.AttributesEnd < _parts.NlriEnd)
            PrintNlri(_parts.AttributesEnd, _parts.NlriEnd);
    }

    // RFC 4271 5: the well-known mandatory attributes. NEXT_HOP belongs to the NLRI field alone (RFC 4760 3). A Loc-RIB also has the
    // router's own routes, and RFC 8671 5.2 allows an Adj-RIB-Out before its policy to have no next hop.
    private void PrintMissing()
    {
        if (_view == RibView.LocRib || !_update.Fields.Any(field => field.IsAnnouncement))
            return;
        bool needsNextHop = _view != RibView.AdjRibOutPrePolicy && _parts.AttributesEnd < _parts.NlriEnd;
        PathAttributeType[] needed = needsNextHop
            ? [PathAttributeType.Origin, PathAttributeType.AsPath, PathAttributeType.NextHop]
            : [PathAttributeType.Origin, PathAttributeType.AsPath];
        foreach (var type in needed)
        {
            if ((_update.Update.Attributes.Received >> (int)type & 1) == 0)
                _fields.Odd($"there is no {AttributeText.Name((byte)type)}");
        }
    }

    private bool PrintLength(int at, string name, out int length)
    {
        length = 0;
        if (_bgp.Length - at < LengthBytes)
        {
            _fields.Odd($"{name} is cut off");
            return false;
        }
        length = BinaryPrimitives.ReadUInt16BigEndian(_bgp[at..]);
        _fields.Field(_offset + at, name, length.ToString());
        return true;
    }

    private void PrintAttributes()
    {
        _fields.Begin("Path Attributes");
        var bytes = _bgp[_parts.AttributesStart.._parts.AttributesEnd];
        var attributes = new PathAttributeEnumerator(bytes);
        var seen = new HashSet<byte>();
        int end = 0;
        while (attributes.MoveNext())
        {
            PrintAttribute(attributes, end, seen.Add(attributes.Type));
            end = attributes.ValueStart + attributes.Value.Length;
        }
        if (end < bytes.Length)
        {
            int at = _offset + _parts.AttributesStart + end;
            string name = attributes.MoveToCut() ? AttributeText.Name(attributes.Type) : "Attribute";
            _fields.Field(at, name, $"cut off: {FieldWriter.Hex(bytes[end..])}");
            _fields.Odd("the attributes end in the middle of this one (attribute_truncated)");
        }
        _fields.End();
    }

    // The header starts at the byte `start` of the attributes.
    private void PrintAttribute(in PathAttributeEnumerator attribute, int start, bool isFirst)
    {
        byte type = attribute.Type;
        int at = _parts.AttributesStart + start, valueAt = _parts.AttributesStart + attribute.ValueStart;
        _fields.Begin(_offset + at, AttributeText.Name(type),
            $"flags {AttributeText.Flags(attribute.Flags)}; type {type}, length {attribute.Value.Length}");
        if ((PathAttributeType)type == PathAttributeType.MpReachNlri)
            PrintReach(attribute.Value, valueAt);
        else if ((PathAttributeType)type == PathAttributeType.MpUnreachNlri)
            PrintUnreach(attribute.Value, valueAt);
        else if (AttributeText.Value(type, attribute.Value, _update.Update.AsWidth) is { Length: > 0 } value)
            PrintValue(valueAt, attribute.Value.Length, value);
        PrintOdd(attribute, isFirst);
        _fields.End();
    }

    // An empty value has no bytes, so it has no offset.
    private void PrintValue(int at, int length, string value)
    {
        if (length == 0)
            _fields.Fact("Value", value);
        else
            _fields.Field(_offset + at, "Value", value);
    }

    private void PrintOdd(in PathAttributeEnumerator attribute, bool isFirst)
    {
        byte type = attribute.Type;
        bool isMp = (PathAttributeType)type is PathAttributeType.MpReachNlri or PathAttributeType.MpUnreachNlri;
        if (!isFirst)
        {
            _fields.Odd(isMp ? "the attribute comes again; its prefixes count too (mp_attribute_repeated)"
                : "the attribute comes again; the first one counts (attribute_repeated)");
            return;
        }
        if (type >= PathAttributeRule.Table.Length)
            return;
        ref readonly var rule = ref PathAttributeRule.Table[type];
        if (!rule.HasLength(attribute.Value.Length))
            _fields.Odd($"no {AttributeText.Name(type)} has this length; the record is without it ({rule.Error.Reason()})");
        else if (!isMp && (_update.Update.Attributes.Readable >> type & 1) == 0)
            _fields.Odd($"the value cannot be read; the record is without it ({rule.Error.Reason()})");
        else if (!isMp && (_update.Update.Attributes.Present >> type & 1) == 0)
            _fields.Odd("the attribute does not count here (RFC 6793 4.2.3)");
        if (((attribute.Flags ^ rule.Flags) & rule.FlagsMask) != 0)
            _fields.Odd($"{AttributeText.Name(type)} has other flags; the value is used (attribute_flags_invalid)");
        if ((PathAttributeType)type == PathAttributeType.AsPath && _update.Update.Has(UpdateTraits.AsWidthMismatch))
            _fields.Odd($"the A flag says the other width; the path is whole with {_update.Update.AsWidth} bytes for an AS number");
    }

    private void PrintReach(ReadOnlySpan<byte> value, int at)
    {
        if (!PrintFamily(value, at))
            return;
        if (!MpReachNlri.TryRead(_bgp, at, value.Length, out var reach))
        {
            _fields.Field(_offset + at + 3, "Not read", FieldWriter.Hex(value[3..]));
            _fields.Odd("the next hop goes past the attribute: nothing says where the prefixes begin");
            return;
        }
        _fields.Field(_offset + at + 3, "Length of Next Hop", reach.NextHopLength.ToString());
        if (reach.NextHopLength > 0)
            _fields.Field(_offset + at + ReachNextHop, "Next Hop", NextHop(reach));
        if (!reach.HasUsualNextHopLength && reach.Family.IsDecoded
            && !(reach.NextHopLength == 0 && _view == RibView.AdjRibOutPrePolicy))
            _fields.Odd("next hops of this family have other lengths; the prefixes are used");
        _fields.Field(_offset + reach.NlriStart - 1, "Reserved", _bgp[reach.NlriStart - 1].ToString());
        PrintNlri(reach.NlriStart, reach.NlriEnd);
    }

    private void PrintUnreach(ReadOnlySpan<byte> value, int at)
    {
        if (!PrintFamily(value, at))
            return;
        MpUnreachNlri.TryRead(_bgp, at, value.Length, out var unreach);
        PrintNlri(unreach.NlriStart, unreach.NlriEnd);
    }

    private bool PrintFamily(ReadOnlySpan<byte> value, int at)
    {
        const int familyBytes = 3;
        if (value.Length >= familyBytes)
        {
            _fields.Field(_offset + at, "AFI/SAFI", FamilyText.Of(BinaryPrimitives.ReadUInt16BigEndian(value), value[2]));
            return true;
        }
        _fields.Field(_offset + at, "Not read", FieldWriter.Hex(value));
        return false;
    }

    private string NextHop(in MpReachNlri reach)
    {
        if (!reach.HasReadableNextHop)
            return FieldWriter.Hex(_bgp.Slice(reach.NextHopStart, reach.NextHopLength));
        string text = reach.NextHop(_bgp).ToString();
        if (reach.NextHopLength is 12 or 24 or 48)
            text = $"RD {NlriText.Distinguisher(BinaryPrimitives.ReadUInt64BigEndian(_bgp[reach.NextHopStart..]))}, {text}";
        var linkLocal = reach.LinkLocalNextHop(_bgp);
        return linkLocal.IsEmpty ? text : $"{text}, link-local {new System.Net.IPAddress(linkLocal)}";
    }

    private void PrintNlri(int start, int end)
    {
        if (start == end)
            return;
        if (_update.TryFind(start, out var field))
            NlriText.Print(_fields, _bgp, _offset, field, _fates);
        else
            _fields.Field(_offset + start, "Not read", FieldWriter.Hex(_bgp[start..end]));
    }
}
