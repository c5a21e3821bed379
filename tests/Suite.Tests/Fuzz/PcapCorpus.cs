using System.Buffers.Binary;
using System.IO.Compression;
using Captures.Pcap;
using Shared.Records.Wire;

namespace Suite.Tests.Fuzz;

/// <summary>Makes small capture files from the packets of the captures: pcap, pcapng and gzip of either.</summary>
internal sealed class PcapCorpus
{
    private const int MaxPackets = 2000, MaxFilePackets = 12;

    private readonly List<(LinkType Link, byte[][] Packets)> _captures = [];

    public PcapCorpus()
    {
        foreach (string file in BmpCorpus.Files)
        {
            using var reader = PcapReader.Open(file);
            var packets = new List<byte[]>();
            LinkType link = default;
            while (packets.Count < MaxPackets && reader.TryRead(out var packet))
            {
                link = packet.LinkType;
                packets.Add(packet.Data.ToArray());
            }
            if (packets.Count > 0)
                _captures.Add((link, [.. packets]));
        }
    }

    public void Compose(Mutator mutator)
    {
        ref var random = ref mutator.Random;
        var (link, packets) = _captures[random.Below(_captures.Count)];
        int first = random.Below(packets.Length);
        var taken = packets.AsSpan(first, Math.Min(1 + random.Below(MaxFilePackets), packets.Length - first));
        byte[] file = random.OneIn(2) ? Pcap(link, taken) : Pcapng(link, taken);
        if (!random.OneIn(8))
        {
            mutator.Append(file);
            mutator.MutateAnywhere(packets[random.Below(packets.Length)]);
            return;
        }
        // Half of the zipped files are broken inside, half outside.
        bool isInside = random.OneIn(2);
        if (isInside)
        {
            mutator.Append(file);
            mutator.MutateAnywhere(file);
            file = mutator.Bytes.ToArray();
            mutator.Truncate(0);
        }
        mutator.Append(Zip(file));
        if (!isInside)
            mutator.MutateAnywhere(file);
    }

    // Magic number (4), version 2.4 (2, 2), zone and accuracy (4, 4), snap length (4), link type (4); then packets.
    private static byte[] Pcap(LinkType link, ReadOnlySpan<byte[]> packets)
    {
        using var file = new MemoryStream();
        Write(file, 0xA1B2C3D4, 4 << 16 | 2, 0, 0, 262_144, (uint)link);
        uint time = 1;
        foreach (byte[] packet in packets)
        {
            Write(file, time++, 0, (uint)packet.Length, (uint)packet.Length);
            file.Write(packet);
        }
        return file.ToArray();
    }

    // Section Header, Interface Description and Enhanced Packet blocks: type (4), length (4), body, length (4).
    private static byte[] Pcapng(LinkType link, ReadOnlySpan<byte[]> packets)
    {
        using var file = new MemoryStream();
        Write(file, 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, uint.MaxValue, uint.MaxValue, 28);
        Write(file, 1, 20, (uint)link, 0, 20);
        uint time = 1;
        foreach (byte[] packet in packets)
        {
            uint length = 32 + ((uint)packet.Length + 3 & ~3u);
            Write(file, 6, length, 0, 0, time++, (uint)packet.Length, (uint)packet.Length);
            file.Write(packet);
            file.SetLength(file.Position += length - 32 - packet.Length);
            Write(file, length);
        }
        return file.ToArray();
    }

    private static byte[] Zip(byte[] file)
    {
        using var zipped = new MemoryStream();
        using (var zip = new GZipStream(zipped, CompressionLevel.Fastest))
            zip.Write(file);
        return zipped.ToArray();
    }

    private static void Write(MemoryStream file, params ReadOnlySpan<uint> words)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (uint word in words)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
            file.Write(bytes);
        }
    }
}
