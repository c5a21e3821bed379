using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;

namespace Shared.Records.Wire;

/// <summary>16 address octets as a value, IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). The two halves hold the octets in memory order.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct Ipv6Address(ulong First, ulong Second)
{
    // ::ffff:0:0/96 as the second half's first four octets, in memory order.
    private const uint MappedPrefix = 0xFFFF0000;

    /// <summary>Sixteen octets of an IPv6 address.</summary>
    public static Ipv6Address FromV6(ReadOnlySpan<byte> octets) =>
        new(MemoryMarshal.Read<ulong>(octets), MemoryMarshal.Read<ulong>(octets[8..]));

    /// <summary>Four octets of an IPv4 address, mapped.</summary>
    public static Ipv6Address FromV4(ReadOnlySpan<byte> octets) =>
        new(0, MappedPrefix | ((ulong)MemoryMarshal.Read<uint>(octets) << 32));

    /// <summary>An IPv4 address as a number (10.0.0.1 = 0x0A000001), mapped.</summary>
    public static Ipv6Address FromV4(uint address) =>
        new(0, MappedPrefix | ((ulong)BinaryPrimitives.ReverseEndianness(address) << 32));

    public static Ipv6Address From(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out int written);
        return written == 4 ? FromV4(octets) : FromV6(octets);
    }

    public bool IsUnspecified => First == 0 && Second == 0;

    public bool IsMappedV4 => First == 0 && (uint)Second == MappedPrefix;

    public void CopyTo(Span<byte> octets)
    {
        MemoryMarshal.Write(octets, First);
        MemoryMarshal.Write(octets[8..], Second);
    }

    /// <summary>The address in its own family: IPv4 where mapped.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> octets = stackalloc byte[16];
        CopyTo(octets);
        return new IPAddress(IsMappedV4 ? octets[12..] : octets);
    }

    /// <summary>Text of the address in its own family.</summary>
    public override string ToString() => ToIPAddress().ToString();
}
