using System.Buffers.Binary;

namespace EndToEnd.Tests.Curation;

/// <summary>
/// Writes a table dump that <c>gobgp mrt inject</c> reads (RFC 6396 4.3): a PEER_INDEX_TABLE with one peer, then a RIB_IPV4_UNICAST entry
/// for each prefix.
/// </summary>
internal static class MrtFile
{
    private const ushort TableDumpV2 = 13, PeerIndexTable = 1, RibIpv4Unicast = 2;

    /// <param name="path">The file's path.</param>
    /// <param name="routes">Numbers of prefixes, 10.0.0.0/24 and on, and the last AS of their paths.</param>
    public static void Write(string path, IEnumerable<(int Prefix, uint Origin)> routes)
    {
        using var file = File.Create(path);
        Record(file, PeerIndexTable, [192, 0, 2, 1, 0, 0, 0, 1, 0x02, 192, 0, 2, 9, 192, 0, 2, 9, .. UInt32(65010)]);
        uint sequence = 0;
        foreach (var (prefix, origin) in routes)
        {
            byte[] attributes =
            [
                0x40, 1, 1, 0,
                0x40, 2, 10, 2, 2, .. UInt32(65010), .. UInt32(origin),
                0x40, 3, 4, 192, 0, 2, 9,
            ];
            Record(file, RibIpv4Unicast,
            [
                .. UInt32(sequence++), 24, 10, (byte)(prefix >> 8), (byte)prefix,
                0, 1, 0, 0, .. UInt32(1_700_000_000), 0, (byte)attributes.Length, .. attributes,
            ]);
        }
    }

    public static string Text(int prefix) => $"10.{prefix >> 8 & 0xFF}.{prefix & 0xFF}.0/24";

    private static void Record(Stream file, ushort subtype, byte[] body)
    {
        Span<byte> header = stackalloc byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(header, 1_700_000_000);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], TableDumpV2);
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], subtype);
        BinaryPrimitives.WriteInt32BigEndian(header[8..], body.Length);
        file.Write(header);
        file.Write(body);
    }

    private static byte[] UInt32(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
