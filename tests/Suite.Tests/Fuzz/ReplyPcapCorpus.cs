using System.Buffers.Binary;
using Captures.Pcap;
using Shared.Records.Wire;
using Suite.Tests.Records;

namespace Suite.Tests.Fuzz;

/// <summary>Makes small pcaps from the packets of the captures: both byte orders, micro- and nanoseconds, several link types.</summary>
internal sealed class ReplyPcapCorpus
{
    private const int MaxFilePackets = 12;

    private readonly List<byte[]> _packets = [];

    public ReplyPcapCorpus()
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(RepositoryFolder.Captures, "replies"), "*.pcap",
            SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            using var reader = PcapReader.Open(file);
            while (reader.TryRead(out var packet))
            {
                if (LinkLayer.FindIp(packet.LinkType, packet.Data.Span, out int at) == PacketSkip.None)
                    _packets.Add(packet.Data[at..].ToArray());
            }
        }
    }

    public void Compose(Mutator mutator)
    {
        ref var random = ref mutator.Random;
        bool bigEndian = random.OneIn(2), nanoseconds = random.OneIn(2);
        var link = random.Below(5) switch
        {
            0 => LinkType.Ethernet,
            1 => LinkType.Raw,
            2 => LinkType.LinuxSll,
            3 => LinkType.LinuxSll2,
            _ => LinkType.Null
        };
        Span<byte> head = stackalloc byte[24];
        head.Clear();
        Put(head, nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4, bigEndian);
        Put(head[20..], (uint)link, bigEndian);
        mutator.Append(head);
        Span<byte> record = stackalloc byte[16 + 20];
        for (int packets = 1 + random.Below(MaxFilePackets); packets > 0; packets--)
        {
            byte[] packet = _packets[random.Below(_packets.Count)];
            int linkBytes = LinkHeader(link, packet, record[16..]);
            Put(record, 1_795_420_627, bigEndian);
            Put(record[4..], (uint)random.Below(1_000_000), bigEndian);
            Put(record[8..], (uint)(linkBytes + packet.Length), bigEndian);
            Put(record[12..], (uint)(linkBytes + packet.Length), bigEndian);
            mutator.Append(record[..(16 + linkBytes)]);
            mutator.Append(packet);
        }
        mutator.MutateAnywhere(_packets[random.Below(_packets.Count)]);
    }

    private static int LinkHeader(LinkType link, byte[] packet, Span<byte> header)
    {
        header.Clear();
        ushort type = (ushort)(packet[0] >> 4 == 4 ? 0x0800 : 0x86DD);
        (int length, int typeAt) = link switch
        {
            LinkType.Ethernet => (14, 12),
            LinkType.LinuxSll => (16, 14),
            LinkType.LinuxSll2 => (20, 0),
            LinkType.Null => (4, -1),
            _ => (0, -1),
        };
        if (typeAt >= 0)
            BinaryPrimitives.WriteUInt16BigEndian(header[typeAt..], type);
        return length;
    }

    private static void Put(Span<byte> field, uint value, bool bigEndian)
    {
        if (bigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(field, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(field, value);
    }
}
