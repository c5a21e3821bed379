using System.Buffers.Binary;

namespace Suite.Tests.Faithful;

/// <summary>Writes big-endian fields one after the other.</summary>
internal sealed class WireWriter
{
    private readonly List<byte> _bytes = [];

    public byte[] Bytes => [.. _bytes];

    public WireWriter U8(int value)
    {
        _bytes.Add((byte)value);
        return this;
    }

    public WireWriter U16(int value) => U8(value >> 8).U8(value);

    public WireWriter U32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return Add(bytes);
    }

    public WireWriter U64(ulong value) => U32((uint)(value >> 32)).U32((uint)value);

    public WireWriter Add(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>A BGP message (RFC 4271 4.1) with this body.</summary>
    public static byte[] Bgp(byte type, ReadOnlySpan<byte> body, bool hasSoundMarker = true)
    {
        var writer = new WireWriter();
        for (int i = 0; i < 16; i++)
            writer.U8(hasSoundMarker || i % 3 != 0 ? 0xFF : 0);
        return writer.U16(19 + body.Length).U8(type).Add(body).Bytes;
    }

    /// <summary>A BMP message (RFC 7854 4.1) with this body.</summary>
    public static byte[] Bmp(byte type, ReadOnlySpan<byte> body) =>
        new WireWriter().U8(3).U32((uint)(6 + body.Length)).U8(type).Add(body).Bytes;
}
