using System.Net;
using System.Numerics;
using Shared.Records.Wire;

namespace Risotto.Listen;

/// <summary>
/// The header that a proxy sends before the router's bytes (PROXY protocol, version 2, section 2.2 of HAProxy's
/// proxy-protocol.txt): signature (12 bytes), version and command (1), address family and transport (1), length of what
/// follows (2), source and destination address, source and destination port, TLVs.
/// </summary>
/// <param name="Length">The length of the header.</param>
/// <param name="Source">The router; null for the command LOCAL: the connection is the proxy's own, such as a health check.</param>
internal readonly record struct ProxyProtocolHeader(int Length, IPEndPoint? Source)
{
    /// <summary>
    /// A longer header is refused. With TLVs of names a header has some hundred bytes, with TLVs of whole certificates some thousand.
    /// </summary>
    public const int MaxLength = 4096;

    private const int FixedLength = 16, ChecksumLength = 4, TlvHeaderLength = 3;

    // Version 2, and the command.
    private const byte Local = 0x20, Proxy = 0x21;

    private const byte TcpOverIpv4 = 0x11, TcpOverIpv6 = 0x21;

    // PP2_TYPE_CRC32C
    private const byte ChecksumType = 0x03;

    // \x0D \x0A \x0D \x0A \x00 \x0D \x0A \x51 \x55 \x49 \x54 \x0A
    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads the header from the start of the bytes that a proxy has sent so far.</summary>
    /// <param name="bytes">The connection's bytes from the first one on. The bytes after the header are ignored.</param>
    /// <param name="header">Valid when true is returned.</param>
    /// <param name="refusal">Why it is not valid; <see cref="Refusal.None"/> when more bytes are needed.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ProxyProtocolHeader header, out Refusal refusal)
    {
        header = default;
        refusal = Refusal.None;
        var signature = bytes[..Math.Min(bytes.Length, Signature.Length)];
        if (!Signature.StartsWith(signature))
            refusal = Refusal.ProxyHeaderMissing;
        if (refusal != Refusal.None || bytes.Length < FixedLength)
            return false;

        var reader = new WireReader(bytes[Signature.Length..]);
        reader.TryReadByte(out byte versionAndCommand);
        reader.TryReadByte(out byte family);
        reader.TryReadUInt16(out ushort length);
        if (FixedLength + length > MaxLength)
            refusal = Refusal.ProxyHeaderTooLong;
        else if (versionAndCommand is not (Local or Proxy))
            refusal = Refusal.ProxyHeaderInvalid;
        if (refusal != Refusal.None || !reader.TryTake(length, out var rest))
            return false;

        IPEndPoint? source = null;
        // With LOCAL the receiver skips the rest, "including the family which is ignored".
        if (versionAndCommand == Proxy)
            refusal = ReadAddresses(family, ref rest, out source);
        if (refusal == Refusal.None && source is not null)
            refusal = ReadTlvs(bytes[..(FixedLength + length)], length - rest.Remaining + FixedLength, rest);
        header = new ProxyProtocolHeader(FixedLength + length, source);
        return refusal == Refusal.None;
    }

    private static Refusal ReadAddresses(byte family, ref WireReader rest, out IPEndPoint? source)
    {
        source = null;
        // TCP over IPv4 and over IPv6. UNSPEC and UNIX name no router, and BMP runs over nothing but TCP.
        int addressLength = family switch { TcpOverIpv4 => 4, TcpOverIpv6 => 16, _ => 0 };
        if (addressLength == 0)
        {
            bool isKnown = family is 0x00 or 0x10 or 0x20 or 0x12 or 0x22 or 0x30 or 0x31 or 0x32;
            return isKnown ? Refusal.ProxyHeaderNoAddress : Refusal.ProxyHeaderInvalid;
        }
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
            offset += TlvHeaderLength;
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

    // CRC-32C (RFC 4960 appendix B) of the whole header with zeros in the place of the checksum.
    private static uint ChecksumOf(ReadOnlySpan<byte> whole, int field)
    {
        uint crc = uint.MaxValue;
        for (int i = 0; i < whole.Length; i++)
            crc = BitOperations.Crc32C(crc, i >= field && i < field + ChecksumLength ? (byte)0 : whole[i]);
        return ~crc;
    }
}
