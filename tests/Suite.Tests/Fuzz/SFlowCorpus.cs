using System.Buffers.Binary;
using Captures.Pcap;
using Suite.Tests.Golden;

namespace Suite.Tests.Fuzz;

/// <summary>Datagrams of the repository's captures, and one with every extended record.</summary>
internal sealed class SFlowCorpus
{
    private const int EachNth = 7;

    private readonly List<byte[]> _datagrams = [Extended()];

    public SFlowCorpus()
    {
        foreach (string capture in FlowCaptures.Names.Where(name => name.StartsWith("repository/", StringComparison.Ordinal)))
        {
            using var reader = PcapReader.Open(FlowCaptures.PathOf(capture));
            for (int i = 0; reader.TryRead(out var packet); i++)
            {
                if (i % EachNth == 0 && global::Replay.CapturedService.TryReadSFlow(packet, out var datagram))
                    _datagrams.Add(datagram.Payload.ToArray());
            }
        }
    }

    public void Compose(Mutator mutator)
    {
        ref var random = ref mutator.Random;
        mutator.Append(random.OneIn(6) ? _datagrams[0] : _datagrams[random.Below(_datagrams.Count)]);
        mutator.MutateAnywhere(_datagrams[random.Below(_datagrams.Count)]);
    }

    /// <summary>
    /// Makes a record of each kind: sampled_ipv6, sampled_ipv4, sampled_ethernet, extended_switch, extended_router, extended_gateway.
    /// </summary>
    private static byte[] Extended()
    {
        byte[] v6 = [0x20, 1, 0xD, 0xB8, .. new byte[11], 1], gateway =
        [
            .. Words(2), .. v6, .. Words(65001, 65002, 65003, 2), .. Words(2, 2, 65004, 65005), .. Words(1, 1, 65006),
                .. Words(3, 0xFDE90000, 1, 2), .. Words(100),
        ];
        byte[] records =
        [
            .. Record(4, [.. Words(1500, 6), .. v6, .. v6, .. Words(443, 51000, 0x18, 0xB8)]),
                .. Record(3, Words(1500, 17, 0xC0000201, 0xC6336402, 53, 5353, 0, 8)),
            .. Record(2, [.. Words(1518), .. new byte[16], .. Words(0x86DD)]), .. Record(1001, Words(100, 0, 200, 0)),
                .. Record(1002, [.. Words(2), .. v6, .. Words(48, 32)]),
            .. Record(1003, gateway),
        ];
        byte[] sample = [.. Words(1, 3, 1000, 5000, 2, 1, 2, 6), .. records];
        return [.. Words(5, 2), .. v6, .. Words(0, 1, 1000, 1), .. Record(1, sample)];
    }

    private static byte[] Record(uint format, byte[] value) => [.. Words(format, (uint)value.Length), .. value];

    private static byte[] Words(params uint[] words)
    {
        byte[] bytes = new byte[words.Length * 4];
        for (int i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(i * 4), words[i]);
        return bytes;
    }
}
