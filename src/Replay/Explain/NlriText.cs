using System.Text;
using Risotto.Decode;
using Risotto.Decode.Bgp;

namespace Replay.Explain;

/// <summary>The prefixes of an NLRI field, RFC 4271 4.3, 7911 3, 8277 2, 4364 4.3.4.</summary>
internal static class NlriText
{
    private const int RouteWidth = 44;

    /// <summary>Prints every prefix of a field that was read, and what has become of it.</summary>
    /// <param name="fields">Takes the lines.</param>
    /// <param name="bgp">The BGP message.</param>
    /// <param name="offset">Its offset in the BMP message.</param>
    /// <param name="field">The field.</param>
    /// <param name="fates">By the offset of a prefix in the BGP message; null where nothing becomes of the prefixes.</param>
    public static void Print(
        FieldWriter fields, ReadOnlySpan<byte> bgp, int offset, in NlriField field, IReadOnlyDictionary<int, string>? fates)
    {
        string name = field.IsAnnouncement ? "NLRI" : "Withdrawn route";
        for (int position = field.Start; position < field.End;)
        {
            int at = position;
            string route = Next(bgp, ref position, field);
            string fate = fates?.GetValueOrDefault(at) ?? "";
            fields.Field(offset + at, name, WithFate(route, fate));
        }
        if (field.End < field.ReceivedEnd)
        {
            fields.Field(offset + field.End, "Not read", FieldWriter.Hex(bgp[field.End..field.ReceivedEnd]));
            string pathId = field.HasPathIds ? " after a path identifier" : "";
            fields.Odd($"no prefix of {FamilyText.Of(field.Family)} can be read here{pathId}; the field ends here");
        }
    }

    public static string WithFate(string route, string fate) => fate.Length == 0 ? route : $"{route.PadRight(RouteWidth)} -> {fate}";

    /// <summary>The route at the position, which moves to the next one.</summary>
    public static string Next(ReadOnlySpan<byte> bgp, ref int position, in NlriField field)
    {
        if (!field.Family.HasLabels)
            return Route(field.Family, NlriReader.Identity(bgp, ref position, field), "");
        var prefix = new LabelledPrefix(bgp, ref position, field);
        return Route(field.Family, prefix.Route, Labels(prefix.Labels));
    }

    /// <summary>A route as text: path identifier, labels, Route Distinguisher, prefix.</summary>
    public static string Route(AddressFamily family, in RouteIdentity route, string labels)
    {
        var text = new StringBuilder();
        if (route.HasPathId)
            text.Append($"path id {route.PathId}, ");
        if (labels.Length > 0)
            text.Append($"{labels}, ");
        if (family.HasRouteDistinguisher)
            text.Append($"RD {Distinguisher(route.RouteDistinguisher)}, ");
        // A mapped address would show as IPv4.
        var address = route.Address(family);
        string prefix = !family.IsIpv4 && address.IsMappedV4 ? $"::ffff:{address}" : address.ToString();
        return text.Append($"{prefix}/{route.Length}").ToString();
    }

    /// <summary>A Route Distinguisher, RFC 4364 4.2: type 0 AS:number, 1 address:number, 2 4-byte AS:number.</summary>
    public static string Distinguisher(ulong value) => (value >> 48) switch
    {
        0 => $"{(ushort)(value >> 32)}:{(uint)value}",
        1 => $"{PerPeerHeaderText.Identifier((uint)(value >> 16))}:{(ushort)value}",
        2 => $"{(uint)(value >> 16)}:{(ushort)value} (4-byte AS)",
        _ => $"0x{value:x16}",
    };

    private static string Labels(ReadOnlySpan<byte> labels)
    {
        var values = new List<string>();
        for (; labels.Length >= NlriReader.LabelLength; labels = labels[NlriReader.LabelLength..])
        {
            bool isLast = labels.Length == NlriReader.LabelLength;
            values.Add($"{labels[0] << 12 | labels[1] << 4 | labels[2] >> 4}{(isLast && (labels[2] & 1) == 0 ? " (not bottom)" : "")}");
        }
        return $"label{(values.Count == 1 ? "" : "s")} {FieldWriter.List(values)}";
    }
}
