using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Shared.Records.Wire;

namespace SaimirisGateway.Probes.Decode;

/// <summary>
/// Reads a probe in JSON: <c>["2001:db8::1",24000,33434,5,"icmpv6"]</c>. The elements are destination, source port, destination port, TTL
/// and protocol.
/// </summary>
internal static class ProbeJson
{
    /// <param name="reader">At the value's first token. After a probe it is at the value's last token; after anything else it may be
    /// anywhere.</param>
    /// <param name="reason">The reason why the value is no probe.</param>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    /// <exception cref="InvalidOperationException">The escapes of a string are not valid Unicode.</exception>
    public static bool TryRead(ref Utf8JsonReader reader, out Probe probe, [NotNullWhen(false)] out string? reason)
    {
        probe = default;
        reason = "Probe must be a JSON array";
        if (reader.TokenType != JsonTokenType.StartArray)
            return false;
        var start = reader;
        if (TryReadFields(ref reader, out probe, out reason) && reader.Read() && reader.TokenType == JsonTokenType.EndArray)
            return true;
        // A wrong number of elements is reported before a wrong element.
        int count = CountElements(start);
        if (count != ProbeFields.Count)
            reason = ProbeFields.WrongCount(count);
        return reason is null;
    }

    private static bool TryReadFields(ref Utf8JsonReader reader, out Probe probe, [NotNullWhen(false)] out string? reason)
    {
        probe = default;
        if (!TryReadAddress(ref reader, out var destination, out reason)
            || !TryReadPort(ref reader, "source", out ushort sourcePort, out reason)
            || !TryReadPort(ref reader, "destination", out ushort destinationPort, out reason)
            || !TryReadTtl(ref reader, out byte ttl, out reason)
            || !TryReadProtocol(ref reader, out var protocol, out reason))
            return false;
        probe = new Probe(destination, sourcePort, destinationPort, ttl, protocol);
        return true;
    }

    private static bool TryReadAddress(ref Utf8JsonReader reader, out Ipv6Address address, [NotNullWhen(false)] out string? reason)
    {
        address = default;
        reason = "IP address must be a string";
        reader.Read();
        return reader.TokenType == JsonTokenType.String && ProbeFields.TryReadAddress(Text(reader), out address, out reason);
    }

    private static bool TryReadPort(ref Utf8JsonReader reader, string name, out ushort port, [NotNullWhen(false)] out string? reason)
    {
        port = 0;
        reason = name == "source" ? "Source port must be a number" : "Destination port must be a number";
        reader.Read();
        return reader.TokenType == JsonTokenType.Number && ProbeFields.TryReadPort(name, PositiveInteger(reader), out port, out reason);
    }

    private static bool TryReadTtl(ref Utf8JsonReader reader, out byte ttl, [NotNullWhen(false)] out string? reason)
    {
        ttl = 0;
        reason = "TTL must be a number";
        reader.Read();
        return reader.TokenType == JsonTokenType.Number && ProbeFields.TryReadTtl(PositiveInteger(reader), out ttl, out reason);
    }

    private static bool TryReadProtocol(ref Utf8JsonReader reader, out ProtocolCode protocol, [NotNullWhen(false)] out string? reason)
    {
        protocol = default;
        reason = "Protocol must be a string";
        reader.Read();
        return reader.TokenType == JsonTokenType.String && ProbeFields.TryReadProtocol(Text(reader), out protocol, out reason);
    }

    private static ulong? PositiveInteger(in Utf8JsonReader reader) => reader.TryGetUInt64(out ulong value) ? value : null;

    // Addresses and protocols need no escapes: only a string that has some is copied.
    private static ReadOnlySpan<byte> Text(in Utf8JsonReader reader) =>
        reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(reader.GetString()!) : reader.ValueSpan;

    private static int CountElements(Utf8JsonReader reader)
    {
        int count = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
            reader.Skip();
        return count;
    }
}
