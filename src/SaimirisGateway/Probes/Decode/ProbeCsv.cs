using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace SaimirisGateway.Probes.Decode;

/// <summary>
/// Reads a probe in caracal's CSV: <c>2001:db8::1,24000,33434,5,icmp6</c>. The fields are destination, source port, destination port, TTL
/// and protocol. Blanks around a field are ignored. The JSON form's <c>icmpv6</c> is valid too.
/// </summary>
internal static class ProbeCsv
{
    /// <summary>The optional first line.</summary>
    public static ReadOnlySpan<byte> Header => "dst_addr,src_port,dst_port,ttl,protocol"u8;

    /// <param name="line">The line without its end.</param>
    /// <param name="reason">The reason why the line is no probe.</param>
    public static bool TryRead(ReadOnlySpan<byte> line, out Probe probe, [NotNullWhen(false)] out string? reason)
    {
        probe = default;
        Span<Range> fields = stackalloc Range[ProbeFields.Count];
        int count = line.Count((byte)',') + 1;
        if (count != ProbeFields.Count)
        {
            reason = ProbeFields.WrongCount(count);
            return false;
        }
        int field = 0;
        foreach (var range in line.Split((byte)','))
            fields[field++] = range;
        if (!ProbeFields.TryReadAddress(Trim(line[fields[0]]), out var destination, out reason)
            || !TryReadPort(Trim(line[fields[1]]), "source", out ushort sourcePort, out reason)
            || !TryReadPort(Trim(line[fields[2]]), "destination", out ushort destinationPort, out reason)
            || !TryReadTtl(Trim(line[fields[3]]), out byte ttl, out reason)
            || !TryReadProtocol(Trim(line[fields[4]]), out var protocol, out reason))
            return false;
        probe = new Probe(destination, sourcePort, destinationPort, ttl, protocol);
        return true;
    }

    private static bool TryReadPort(ReadOnlySpan<byte> text, string name, out ushort port, [NotNullWhen(false)] out string? reason) =>
        ProbeFields.TryReadPort(name, PositiveInteger(text), out port, out reason);

    private static bool TryReadTtl(ReadOnlySpan<byte> text, out byte ttl, [NotNullWhen(false)] out string? reason) =>
        ProbeFields.TryReadTtl(PositiveInteger(text), out ttl, out reason);

    private static bool TryReadProtocol(ReadOnlySpan<byte> text, out ProtocolCode protocol, [NotNullWhen(false)] out string? reason) =>
        ProbeFields.TryReadProtocol(Ascii.EqualsIgnoreCase(text, "icmp6"u8) ? "icmpv6"u8 : text, out protocol, out reason);

    private static ulong? PositiveInteger(ReadOnlySpan<byte> text) =>
        text.Length > 0 && text[0] != (byte)'+' && Utf8Parser.TryParse(text, out ulong value, out int consumed) && consumed == text.Length
            ? value
            : null;

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> field) => field.Trim(" \t"u8);
}
