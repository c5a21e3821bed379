using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Shared.Records.Wire;

namespace SaimirisGateway.Probes.Decode;

/// <summary>Checks each field of a probe, and says why it is invalid. All forms of a body use the same checks.</summary>
internal static class ProbeFields
{
    public const int Count = 5;

    // No valid address is longer.
    private const int MaxAddressBytes = 64;

    // The part of an invalid field that the reason repeats.
    private const int MaxEchoedCharacters = 100;

    private const string PortRule = "must be 1-65535; for ICMP/ICMPv6 ports are ignored by the probe, use any non-zero value e.g. 1";

    private static readonly SearchValues<byte> Ipv6Characters = SearchValues.Create("0123456789abcdefABCDEF:."u8);
    private static readonly SearchValues<byte> Ipv4Characters = SearchValues.Create("0123456789."u8);

    public static string WrongCount(int count) => $"Expected {Count} elements, got {count}";

    /// <summary>Reads an IPv6 literal without a zone, brackets or a port.</summary>
    public static bool TryReadAddress(ReadOnlySpan<byte> text, out Ipv6Address address, [NotNullWhen(false)] out string? reason)
    {
        address = default;
        reason = null;
        if (IsIpv6(text, out var parsed))
        {
            address = Ipv6Address.From(parsed);
            return true;
        }
        reason = IsIpv4(text) ? $"IPv4 addresses are not allowed: {Echo(text)}" : $"Invalid IP address: {Echo(text)}";
        return false;
    }

    /// <param name="name">"source" or "destination".</param>
    /// <param name="value">The number; null when the field is no positive integer.</param>
    public static bool TryReadPort(string name, ulong? value, out ushort port, [NotNullWhen(false)] out string? reason)
    {
        port = value is >= 1 and <= ushort.MaxValue ? (ushort)value : (ushort)0;
        reason = port > 0 ? null
            : value is null ? $"{char.ToUpperInvariant(name[0])}{name[1..]} port must be a positive integer"
            : $"Invalid {name} port ({PortRule}): {value}";
        return reason is null;
    }

    /// <param name="value">The number; null when the field is no positive integer.</param>
    public static bool TryReadTtl(ulong? value, out byte ttl, [NotNullWhen(false)] out string? reason)
    {
        ttl = value is >= 1 and <= byte.MaxValue ? (byte)value : (byte)0;
        reason = ttl > 0 ? null : value is null ? "TTL must be a positive integer" : $"Invalid TTL: {value}";
        return reason is null;
    }

    public static bool TryReadProtocol(ReadOnlySpan<byte> text, out ProtocolCode protocol, [NotNullWhen(false)] out string? reason)
    {
        protocol = Ascii.EqualsIgnoreCase(text, "udp"u8) ? ProtocolCode.Udp
            : Ascii.EqualsIgnoreCase(text, "icmpv6"u8) ? ProtocolCode.IcmpV6
            : 0;
        reason = protocol != 0 ? null : $"Invalid protocol: {Echo(text)}";
        return reason is null;
    }

    /// <summary>Reads an IPv4 or IPv6 literal. It accepts what Rust's parser accepts, which the service's first version used.</summary>
    public static bool TryReadLiteral(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return IsIpv6(bytes, out address) || (IsIpv4(bytes) && IPAddress.TryParse(text, out address));
    }

    private static bool IsIpv6(ReadOnlySpan<byte> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        return text.Length <= MaxAddressBytes && text.Contains((byte)':') && !text.ContainsAnyExcept(Ipv6Characters)
            && (!text.Contains((byte)'.') || IsIpv4(text[(text.LastIndexOf((byte)':') + 1)..]))
            && IPAddress.TryParse(text, out address);
    }

    // Four decimal numbers without leading zeros. .NET alone would accept octal, hexadecimal and shorter forms too.
    private static bool IsIpv4(ReadOnlySpan<byte> text)
    {
        if (text.ContainsAnyExcept(Ipv4Characters) || text.Count((byte)'.') != 3)
            return false;
        foreach (var part in text.Split((byte)'.'))
        {
            var number = text[part];
            if (number.Length is 0 or > 3 || (number.Length > 1 && number[0] == (byte)'0') || !byte.TryParse(number, out _))
                return false;
        }
        return true;
    }

    private static string Echo(ReadOnlySpan<byte> text)
    {
        string echoed = Encoding.UTF8.GetString(text);
        return echoed.Length <= MaxEchoedCharacters ? echoed : echoed[..MaxEchoedCharacters] + "...";
    }
}
