using System.Buffers.Binary;

namespace Benchmarks;

/// <summary>
/// <c>corpus bmp FILE</c>: one router's BMP stream, the same in every run: two peers, then UPDATEs with the mix of prefixes, path
/// lengths and communities that a full table has. A stand-in where no recorded or larger corpus is at hand.
/// </summary>
internal static class BmpCorpus
{
    private const int Updates = 100_000, Seed = 0x7854;
    private const uint LocalAs = 4_200_000_001;

    private static readonly byte[] Peer4 = Header(flags: 0x00, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1], 64500);
    private static readonly byte[] Peer6 = Header(flags: 0x80, [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 64501);

    public static int Write(string file)
    {
        try
        {
            using var stream = File.Create(file);
            stream.Write(Message(4, [0, 2, 0, 5, .. "bench"u8]));
            foreach (var (peer, asn) in ((byte[], uint)[])[(Peer4, 64500), (Peer6, 64501)])
                stream.Write(Message(3, [.. peer, .. peer.AsSpan(10, 16), 0, 179, 0x9C, 0x41, .. Open(LocalAs), .. Open(asn)]));
            var random = new Random(Seed);
            for (int i = 0; i < Updates; i++)
                stream.Write(Update(random, isIpv6: random.Next(10) < 4));
            return 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"benchmarks: {file}: {error.Message}");
            return 2;
        }
    }

    private static byte[] Update(Random random, bool isIpv6)
    {
        byte[] prefixes = [.. Enumerable.Range(0, random.Next(1, 7)).SelectMany(_ => Prefix(random, isIpv6))];
        byte[] withdrawn = random.Next(20) == 0 ? Prefix(random, isIpv6) : [];
        byte[] path = [.. U32(isIpv6 ? 64501u : 64500u), .. Many(random, 1, 6, () => U32((uint)random.Next(1, 402_000)))];
        List<byte> attributes =
        [
            0x40, 1, 1, (byte)(random.Next(10) == 0 ? 2 : 0),
            .. Attribute(0x40, 2, [2, (byte)(path.Length / 4), .. path]),
        ];
        if (!isIpv6)
            attributes.AddRange([0x40, 3, 4, 192, 0, 2, 1]);
        if (random.Next(3) == 0)
            attributes.AddRange([0x80, 4, 4, .. U32((uint)random.Next(1024))]);
        if (random.Next(4) == 0)
            attributes.AddRange([0x40, 5, 4, .. U32((uint)random.Next(80, 200))]);
        if (random.Next(5) > 0)
            attributes.AddRange(Attribute(0xC0, 8, Many(random, 1, 12, () => U32((uint)random.Next()))));
        if (random.Next(12) == 0)
            attributes.AddRange(Attribute(0xC0, 16, Many(random, 1, 3, () => [0, 2, .. U32((uint)random.Next()), 0, 7])));
        if (random.Next(5) == 0)
            attributes.AddRange(Attribute(0xC0, 32, Many(random, 1, 4, () => [.. U32((uint)random.Next()), .. U32(1), .. U32((uint)random.Next())])));
        if (isIpv6)
        {
            attributes.AddRange(Attribute(0x80, 14, [0, 2, 1, 16, .. Peer6.AsSpan(10, 16), 0, .. prefixes]));
            if (withdrawn.Length > 0)
                attributes.AddRange(Attribute(0x80, 15, [0, 2, 1, .. withdrawn]));
        }
        byte[] classicWithdrawn = isIpv6 ? [] : withdrawn, nlri = isIpv6 ? [] : prefixes;
        byte[] body = [.. U16(classicWithdrawn.Length), .. classicWithdrawn, .. U16(attributes.Count), .. attributes, .. nlri];
        return Message(0, [.. isIpv6 ? Peer6 : Peer4, .. Bgp(2, body)]);
    }

    private static byte[] Prefix(Random random, bool isIpv6)
    {
        int length = isIpv6 ? random.Next(29, 49) : random.Next(16, 25);
        var octets = new byte[1 + ((length + 7) / 8)];
        random.NextBytes(octets);
        octets[0] = (byte)length;
        octets[1] = (byte)(isIpv6 ? 0x2A : random.Next(11, 224));
        if (length % 8 != 0)
            octets[^1] &= (byte)(0xFF << (8 - (length % 8)));
        return octets;
    }

    private static byte[] Many(Random random, int least, int most, Func<byte[]> one) =>
        [.. Enumerable.Range(0, random.Next(least, most + 1)).SelectMany(_ => one())];

    // RFC 4271 4.3, with the extended length where it is needed.
    private static byte[] Attribute(byte flags, byte type, byte[] value) =>
        value.Length > 255 ? [(byte)(flags | 0x10), type, .. U16(value.Length), .. value] : [flags, type, (byte)value.Length, .. value];

    // RFC 4271 4.2 with MP for both families and 4-octet AS numbers.
    private static byte[] Open(uint asn) =>
        Bgp(1, [4, .. U16(asn > 0xFFFF ? 23456 : (int)asn), 0, 180, 198, 51, 100, 1, 20, 2, 18, 1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 65, 4, .. U32(asn)]);

    private static byte[] Bgp(byte type, byte[] body) => [.. Enumerable.Repeat((byte)0xFF, 16), .. U16(19 + body.Length), type, .. body];

    private static byte[] Message(byte type, byte[] body) => [3, .. U32((uint)(6 + body.Length)), type, .. body];

    // RFC 7854 4.2.
    private static byte[] Header(byte flags, byte[] address, uint asn) =>
        [0, flags, 0, 0, 0, 0, 0, 0, 0, 0, .. address, .. U32(asn), 192, 0, 2, 1, .. U32(1_767_225_600), .. U32(0)];

    private static byte[] U16(int value)
    {
        var octets = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)value);
        return octets;
    }

    private static byte[] U32(uint value)
    {
        var octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, value);
        return octets;
    }
}
