using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Shared.Records.Wire;

/// <summary>Holds a two-byte number of a structure that maps bytes from the wire, and converts it when it is read.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly record struct BigEndian16(ushort Raw)
{
    public static implicit operator ushort(BigEndian16 number) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(number.Raw) : number.Raw;
}

/// <summary>Holds such a number of four bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly record struct BigEndian32(uint Raw)
{
    public static implicit operator uint(BigEndian32 number) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(number.Raw) : number.Raw;
}
