using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Shared.Records.Wire;

/// <summary>A number of two octets in a structure that is laid over octets from the wire: read as it is used.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly record struct BigEndian16(ushort Raw)
{
    public static implicit operator ushort(BigEndian16 number) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(number.Raw) : number.Raw;
}

/// <summary>The same with four octets.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly record struct BigEndian32(uint Raw)
{
    public static implicit operator uint(BigEndian32 number) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(number.Raw) : number.Raw;
}
