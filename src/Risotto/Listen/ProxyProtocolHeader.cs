using System.Net;
using System.Numerics;
using Shared.Records.Wire;

namespace Risotto.Listen;

/// <summary>
/// The header that a proxy sends ahead of the router's octets (PROXY protocol, version 2, section 2.2 of HAProxy's
/// proxy-protocol.txt): signature (12 octets), version and command (1), address family and transport (1), length of what
/// follows (2), source and destination address, source and destination port, TLVs.
/// </summary>
/// <param name="Length">Octets of the header.</param>
/// <param name="Source">The router; null for the command LOCAL: the proxy speaks for itself, as it does to check our health.</param>
internal readonly record struct ProxyProtocolHeader(int Length, IPEndPoint? Source)
{
    /// <summary>The longest header that is taken. TLVs with names make it some hundred octets, those with whole certificates some thousand.</summary>
    public const int MaxLength = 4096;

    private const int FixedLength = 16, ChecksumLength = 4;

    // PP2_TYPE_CRC32C
    private const byte ChecksumType = 0x03;

    // \x0D \x0A \x0D \x0A \x00 \x0D \x0A \x51 \x55 \x49 \x54 \x0A
    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads the header from the front of what a proxy has sent so far.</summary>
    /// <param name="octets">From the connection's first octet on; what is behind the header is not looked at.</param>
    /// <param name="header">Valid when true is returned.</param>
    /// <param name="refusal">Why it is none; <see cref="Refusal.None"/> when more octets are needed to say.</param>
    public static bool TryRead(ReadOnlySpan<byte> octets, out ProxyProtocolHeader header, out Refusal refusal)
    {
        header = default;
        refusal = Refusal.None;
        var signature = octets[..Math.Min(octets.Length, Signature.Length)];
        if (!Signature.StartsWith(signature))
            refusal = Refusal.ProxyHeaderMissing;
        if (refusal != Refusal.None || octets.Length < FixedLength)
            return false;

        var reader = new WireReader(octets[Signature.Length..]);
        reader.TryReadByte(out byte versionAndCommand);
        reader.TryReadByte(out byte family);
        reader.TryReadUInt16(out ushort length);
        if (FixedLength + length > MaxLength)
            refusal = Refusal.ProxyHeaderTooLong;
        else if (versionAndCommand is not (0x20 or 0x21))
            refusal = Refusal.ProxyHeaderInvalid;
        if (refusal != Refusal.None || !reader.TryTake(length, out var rest))
            return false;

        IPEndPoint? source = null;
        // What follows LOCAL is to be passed over, "including the family which is ignored".
        if (versionAndCommand == 0x21)
            refusal = ReadAddresses(family, ref rest, out source);
        if (refusal == Refusal.None && source is not null)
            refusal = ReadTlvs(octets[..(FixedLength + length)], length - rest.Remaining + FixedLength, rest);
        header = new ProxyProtocolHeader(FixedLength + length, source);
        return refusal == Refusal.None;
    }

    private static Refusal ReadAddresses(byte family, ref WireReader rest, out IPEndPoint? source)
    {
        source = null;
        // TCP over IPv4 and over IPv6. UNSPEC and UNIX name no router, and BMP runs over nothing but TCP.
        int addressLength = family switch { 0x11 => 4, 0x21 => 16, _ => 0 };
        if (addressLength == 0)
            return family is 0x00 or 0x10 or 0x20 or 0x12 or 0x22 or 0x30 or 0x31 or 0x32 ? Refusal.ProxyHeaderNoAddress : Refusal.ProxyHeaderInvalid;
        if (!rest.TryReadBytes(addressLength, out var address) || !rest.TrySkip(addressLength)
            || !rest.TryReadUInt16(out ushort port) || !rest.TryReadUInt16(out _))
            return Refusal.ProxyHeaderInvalid;
        source = new IPEndPoint(new IPAddress(address), port).Plain();
        return Refusal.None;
    }

    // type (1), length (2), value
    private static Refusal ReadTlvs(ReadOnlySpan<byte> whole, int offset, WireReader rest)
    {
        while (!rest.IsEmpty)
        {
            if (!rest.TryReadByte(out byte type) || !rest.TryReadUInt16(out ushort length) || !rest.TryReadBytes(length, out var value))
                return Refusal.ProxyHeaderInvalid;
            offset += 3;
            if (type == ChecksumType)
            {
                if (!new WireReader(value).TryReadUInt32(out uint checksum) || length != ChecksumLength)
                    return Refusal.ProxyHeaderInvalid;
                if (checksum != ChecksumOf(whole, offset))
                    return Refusal.ProxyHeaderChecksum;
            }
            offset += length;
        }
        return Refusal.None;
    }

    // CRC-32C (RFC 4960 appendix B) of the whole header, its own field taken as zeros.
    private static uint ChecksumOf(ReadOnlySpan<byte> whole, int field)
    {
        uint crc = uint.MaxValue;
        for (int i = 0; i < whole.Length; i++)
            crc = BitOperations.Crc32C(crc, i >= field && i < field + ChecksumLength ? (byte)0 : whole[i]);
        return ~crc;
    }
}
