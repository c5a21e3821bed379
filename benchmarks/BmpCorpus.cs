using System.Buffers.Binary;
using System.Globalization;

namespace Benchmarks;

/// <summary>
/// <c>corpus bmp FILE</c>: makes one router's BMP stream, the same in every run: four peers, then UPDATEs with the mix of prefixes, path
/// lengths and attributes that a full table has, and some withdrawals.
/// </summary>
internal static class BmpCorpus
{
    private const int Seed = 0x7854, DefaultUpdates = 100_000, MostUpdates = 5_000_000, MaxKnown = 10_000;
    private const uint LocalAs = 4_200_000_001;

    private static readonly Peer[] Peers =
    [
        new(0x00, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1], 64500),
        new(0x40, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 198, 51, 100, 7], 4_200_000_100),
        new(0x80, [0x20, 1, 0x0D, 0xB8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 64501),
        new(0x80, [0x20, 1, 0x0D, 0xB8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7], 401_308),
    ];

    public static int Write(string file, string[] options)
    {
        int updates = DefaultUpdates;
        bool isSound = options.Length == 0 || (options is ["--updates", var number]
            && int.TryParse(number, CultureInfo.InvariantCulture, out updates) && updates is > 0 and <= MostUpdates);
        if (!isSound)
        {
            Console.Error.WriteLine($"benchmarks: {string.Join(' ', options)}: corpus bmp FILE takes --updates N, 1 to {MostUpdates}");
            return 2;
        }
        try
        {
            using var stream = File.Create(file);
            Write(stream, updates);
            return 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"benchmarks: {file}: {error.Message}");
            return 2;
        }
    }

    /// <summary>Makes a stream in memory, for benchmarks.</summary>
    public static byte[] Make(int updates)
    {
        using var stream = new MemoryStream();
        Write(stream, updates);
        return stream.ToArray();
    }

    private static void Write(Stream stream, int updates)
    {
        stream.Write(Message(4, [0, 2, 0, 5, .. "bench"u8]));
        foreach (var peer in Peers)
            stream.Write(Message(3, [.. peer.Header, .. peer.Address, 0, 179, 0x9C, 0x41, .. Open(LocalAs), .. Open(peer.As)]));
        var random = new Random(Seed);
        // The routes that may be withdrawn, by peer and family.
        var known = Peers.Select(_ => new[] { new List<byte[]>(), new List<byte[]>() }).ToArray();
        for (int i = 0; i < updates; i++)
        {
            int peer = random.Next(Peers.Length);
            bool isIpv6 = random.Next(10) < 4;
            stream.Write(Update(random, Peers[peer], isIpv6, known[peer][isIpv6 ? 1 : 0]));
        }
    }

    private static byte[] Update(Random random, Peer peer, bool isIpv6, List<byte[]> known)
    {
        int kind = random.Next(100);
        byte[] withdrawn = kind < 8 && known.Count >= 4 ? Many(random, 1, 4, () => TakeAny(random, known)) : [];
        if (withdrawn.Length > 0 && kind < 5)
            return Update(peer, isIpv6, withdrawn, [], []);
        byte[][] prefixes = [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => Prefix(random, isIpv6))];
        if (known.Count < MaxKnown)
            known.AddRange(prefixes);
        return Update(peer, isIpv6, withdrawn, [.. prefixes.SelectMany(p => p)], Attributes(random, peer, isIpv6));
    }

    private static byte[] Update(Peer peer, bool isIpv6, byte[] withdrawn, byte[] prefixes, byte[] attributes)
    {
        if (isIpv6)
        {
            byte[] reach = prefixes.Length > 0 ? Attribute(0x80, 14, [0, 2, 1, 16, .. Peers[^1].Address, 0, .. prefixes]) : [];
            byte[] unreach = withdrawn.Length > 0 ? Attribute(0x80, 15, [0, 2, 1, .. withdrawn]) : [];
            (attributes, withdrawn, prefixes) = ([.. reach, .. unreach, .. attributes], [], []);
        }
        byte[] body = [.. U16(withdrawn.Length), .. withdrawn, .. U16(attributes.Length), .. attributes, .. prefixes];
        return Message(0, [.. peer.Header, .. Bgp(2, body)]);
    }

    private static byte[] Attributes(Random random, Peer peer, bool isIpv6)
    {
        byte[] path = [.. U32(peer.As), .. Many(random, 1, 7, () => U32((uint)random.Next(1, 402_000)))];
        List<byte> attributes =
        [
            0x40, 1, 1, (byte)(random.Next(10) == 0 ? 2 : 0),
            .. Attribute(0x40, 2, [2, (byte)(path.Length / 4), .. path]),
        ];
        if (!isIpv6)
            attributes.AddRange([0x40, 3, 4, 192, 0, 2, 1]);
        AddSometimes(35, 0x80, 4, () => U32((uint)random.Next(1024)));
        AddSometimes(25, 0x40, 5, () => U32((uint)random.Next(80, 200)));
        AddSometimes(2, 0x40, 6, () => []);
        AddSometimes(6, 0xC0, 7, () => [.. path.AsSpan(path.Length - 4), 192, 0, 2, 1]);
        AddSometimes(85, 0xC0, 8, () => Many(random, 1, 12, () => U32((uint)random.Next())));
        AddSometimes(1, 0x80, 9, () => U32(0x0A000001));
        AddSometimes(8, 0xC0, 16, () => Many(random, 1, 3, () => [0, 2, .. U32((uint)random.Next()), 0, 7]));
        AddSometimes(18, 0xC0, 32, () => Many(random, 1, 5, () => [.. U32((uint)random.Next()), .. U32(1), .. U32((uint)random.Next())]));
        AddSometimes(2, 0xC0, 35, () => U32(peer.As));
        return [.. attributes];

        void AddSometimes(int percent, byte flags, byte type, Func<byte[]> value)
        {
            if (random.Next(100) < percent)
                attributes.AddRange(Attribute(flags, type, value()));
        }
    }

    private static byte[] TakeAny(Random random, List<byte[]> known)
    {
        int index = random.Next(known.Count);
        byte[] taken = known[index];
        known[index] = known[^1];
        known.RemoveAt(known.Count - 1);
        return taken;
    }

    private static byte[] Prefix(Random random, bool isIpv6)
    {
        int length = isIpv6 ? random.Next(29, 49) : random.Next(16, 25);
        var bytes = new byte[1 + ((length + 7) / 8)];
        random.NextBytes(bytes);
        bytes[0] = (byte)length;
        bytes[1] = (byte)(isIpv6 ? 0x2A : random.Next(11, 224));
        if (length % 8 != 0)
            bytes[^1] &= (byte)(0xFF << (8 - (length % 8)));
        return bytes;
    }

    private static byte[] Many(Random random, int least, int most, Func<byte[]> one) =>
        [.. Enumerable.Range(0, random.Next(least, most + 1)).SelectMany(_ => one())];

    // RFC 4271 4.3, with the extended length where it is needed.
    private static byte[] Attribute(byte flags, byte type, byte[] value) =>
        value.Length > 255 ? [(byte)(flags | 0x10), type, .. U16(value.Length), .. value] : [flags, type, (byte)value.Length, .. value];

    // RFC 4271 4.2 with MP for both families and 4-byte AS numbers.
    private static byte[] Open(uint asn) =>
        Bgp(1,
            [4, .. U16(asn > 0xFFFF ? 23456 : (int)asn), 0, 180, 198, 51, 100, 1, 20, 2, 18, 1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 65, 4,
                .. U32(asn)]);

    private static byte[] Bgp(byte type, byte[] body) => [.. Enumerable.Repeat((byte)0xFF, 16), .. U16(19 + body.Length), type, .. body];

    private static byte[] Message(byte type, byte[] body) => [3, .. U32((uint)(6 + body.Length)), type, .. body];

    private static byte[] U16(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }

    private static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    // RFC 7854 4.2: peer type 0, flags, no distinguisher; the BGP ID 192.0.2.1, one time for all.
    private sealed record Peer(byte Flags, byte[] Address, uint As)
    {
        public byte[] Header { get; } =
            [0, Flags, 0, 0, 0, 0, 0, 0, 0, 0, .. Address, .. U32(As), 192, 0, 2, 1, .. U32(1_767_225_600), .. U32(0)];
    }
}
