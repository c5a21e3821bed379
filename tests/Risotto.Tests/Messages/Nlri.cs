using static Risotto.Tests.Messages.Bytes;

namespace Risotto.Tests.Messages;

/// <summary>Prefixes as they stand in NLRI fields.</summary>
internal static class Nlri
{
    /// <summary>RFC 4271 4.3: length, and as many bytes of the address as it needs.</summary>
    public static byte[] Prefix(string prefix)
    {
        var (bytes, length) = Parse(prefix);
        return Join([(byte)length], bytes[..((length + 7) / 8)]);
    }

    public static byte[] Prefixes(params string[] prefixes) => Join([.. prefixes.Select(Prefix)]);

    /// <summary>RFC 7911 3: the path identifier before the prefix.</summary>
    public static byte[] WithPathId(uint pathId, string prefix) => Join(UInt32(pathId), Prefix(prefix));

    /// <summary>RFC 8277 2: the length counts the labels, and RFC 4364's RD where there is one.</summary>
    public static byte[] Labelled(byte[] labels, byte[] routeDistinguisher, string prefix)
    {
        var (bytes, length) = Parse(prefix);
        return Join([(byte)(length + 8 * (labels.Length + routeDistinguisher.Length))], labels, routeDistinguisher,
            bytes[..((length + 7) / 8)]);
    }

    /// <summary>RFC 3032 2.1 without the TTL: label (20 bits), traffic class (3), bottom of stack (1).</summary>
    public static byte[] Label(int label, bool isBottom) => UInt32((uint)(label << 4 | (isBottom ? 1 : 0)))[1..];

    private static (byte[] Bytes, int Length) Parse(string prefix)
    {
        int slash = prefix.IndexOf('/', StringComparison.Ordinal);
        return (Address(prefix[..slash]), int.Parse(prefix[(slash + 1)..], System.Globalization.CultureInfo.InvariantCulture));
    }
}
