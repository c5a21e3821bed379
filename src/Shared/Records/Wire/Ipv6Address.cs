using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;

namespace Shared.Records.Wire;

/// <summary>
/// Holds the 16 bytes of an address, IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). The two halves hold the bytes in memory order.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct Ipv6Address(ulong First, ulong Second)
{
    // ::ffff:0:0/96 as the second half's first four bytes, in memory order.
    private const uint MappedPrefix = 0xFFFF0000;

    /// <summary>Reads the sixteen bytes of an IPv6 address.</summary>
    public static Ipv6Address FromV6(ReadOnlySpan<byte> bytes) =>
        new(MemoryMarshal.Read<ulong>(bytes), MemoryMarshal.Read<ulong>(bytes[8..]));

    /// <summary>Maps the four bytes of an IPv4 address.</summary>
    public static Ipv6Address FromV4(ReadOnlySpan<byte> bytes) =>
        new(0, MappedPrefix | ((ulong)MemoryMarshal.Read<uint>(bytes) << 32));

    /// <summary>Maps an IPv4 address that is a number (10.0.0.1 = 0x0A000001).</summary>
    public static Ipv6Address FromV4(uint address) =>
        new(0, MappedPrefix | ((ulong)BinaryPrimitives.ReverseEndianness(address) << 32));

    public static Ipv6Address From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int written);
        return written == 4 ? FromV4(bytes) : FromV6(bytes);
    }

    public bool IsUnspecified => First == 0 && Second == 0;

    public bool IsMappedV4 => First == 0 && (uint)Second == MappedPrefix;

    public void CopyTo(Span<byte> bytes)
    {
        MemoryMarshal.Write(bytes, First);
        MemoryMarshal.Write(bytes[8..], Second);
    }

    /// <summary>The address in its own family: IPv4 if it is mapped.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        CopyTo(bytes);
        return new IPAddress(IsMappedV4 ? bytes[12..] : bytes);
    }

    /// <summary>The text of the address in its own family.</summary>
    public override string ToString() => ToIPAddress().ToString();
}
