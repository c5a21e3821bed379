using System.Buffers.Binary;
using System.IO.Compression;

namespace Captures.Tests.Pcap;

/// <summary>Writes capture files in memory, byte by byte by the format's description.</summary>
internal static class PcapBytes
{
    public static byte[] Pcap(uint linkType, IEnumerable<(ulong TimeNs, byte[] Frame)> packets, bool bigEndian = false,
        bool nanoseconds = false)
    {
        var file = new List<byte>();
        void Add(uint value) => file.AddRange(UInt32(value, bigEndian));
        Add(nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4);
        file.AddRange(UInt16(2, bigEndian));
        file.AddRange(UInt16(4, bigEndian));
        Add(0);
        Add(0);
        Add(262144);
        Add(linkType);
        foreach (var (timeNs, frame) in packets)
        {
            Add((uint)(timeNs / 1_000_000_000));
            Add((uint)(timeNs % 1_000_000_000 / (nanoseconds ? 1u : 1000u)));
            Add((uint)frame.Length);
            Add((uint)frame.Length);
            file.AddRange(frame);
        }
        return [.. file];
    }

    public static byte[] Block(uint type, bool bigEndian, params byte[][] parts)
    {
        byte[] body = [.. parts.SelectMany(p => p)];
        byte[] padding = new byte[(4 - body.Length % 4) % 4];
        byte[] length = UInt32((uint)(12 + body.Length + padding.Length), bigEndian);
        return [.. UInt32(type, bigEndian), .. length, .. body, .. padding, .. length];
    }

    public static byte[] Section(bool bigEndian) =>
        Block(0x0A0D0D0A, bigEndian, UInt32(0x1A2B3C4D, bigEndian), UInt16(1, bigEndian), UInt16(0, bigEndian),
            UInt32(uint.MaxValue, bigEndian), UInt32(uint.MaxValue, bigEndian));

    public static byte[] Interface(ushort linkType, bool bigEndian, params byte[][] options) =>
        Block(1, bigEndian, [UInt16(linkType, bigEndian), UInt16(0, bigEndian), UInt32(0, bigEndian), .. options]);

    public static byte[] Option(ushort code, byte[] value, bool bigEndian) =>
        [.. UInt16(code, bigEndian), .. UInt16((ushort)value.Length, bigEndian), .. value, .. new byte[(4 - value.Length % 4) % 4]];

    public static byte[] Enhanced(uint interfaceId, ulong ticks, byte[] frame, bool bigEndian) =>
        Block(6, bigEndian, UInt32(interfaceId, bigEndian), UInt32((uint)(ticks >> 32), bigEndian), UInt32((uint)ticks, bigEndian),
            UInt32((uint)frame.Length, bigEndian), UInt32((uint)frame.Length, bigEndian), frame);

    public static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(content);
        return packed.ToArray();
    }

    public static byte[] UInt16(ushort value, bool bigEndian)
    {
        var bytes = new byte[2];
        if (bigEndian)
            BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return bytes;
    }

    public static byte[] UInt32(uint value, bool bigEndian)
    {
        var bytes = new byte[4];
        if (bigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
