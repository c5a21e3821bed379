using Risotto.Pipeline;
using Risotto.Tests.Messages;
using Risotto.Tests.Pipeline;
using Risotto.Tests.Records;
using Shared.Records.Batch;
using static Risotto.Tests.Messages.PathAttribute;

namespace Risotto.Tests.Encode;

/// <summary>
/// What an UPDATE of up to 65,535 bytes (RFC 8654) becomes has room in what was reserved for it. The batches hold one record, so
/// that the space is exactly what the encoder asked for, and a record that is larger than it said fails.
/// </summary>
public sealed class UpdateSizeTests
{
    private const int MostAttributes = 65_535 - 23;

    private static BatchOptions OneRecord => new() { MaxBytes = 1, MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 };

    [Theory]
    [InlineData("one number a segment, sets and sequences in turn")]
    [InlineData("one number a segment, one set")]
    [InlineData("two bytes a number, sequences only")]
    public void AS_PATH_of_60_000_bytes(string shape)
    {
        var header = new PeerHeader { Flags = PeerHeader.A };
        byte[] path = Bytes.Join([.. Enumerable.Range(0, 15_000).Select(i => Segment2(
            shape[0] == 'o' && shape.EndsWith("turn", StringComparison.Ordinal) ? (byte)(1 + i % 2) : i == 0
                && shape[0] == 'o' ? (byte)1 : (byte)2,
            (ushort)(i + 1)))]);
        var record = Assert.Single(Receive(header, Bytes.Join(Origin(0), Of(0x40, 2, path), NextHop("192.0.2.9"))));

        if (record.AsPathSegments.Length > 0)
            Assert.Equal(Enumerable.Range(1, 15_000).Select(i => (uint)i), record.AsPathSegments.SelectMany(segment => segment.Asns));
        else
            Assert.Equal(Enumerable.Range(1, 15_000).Select(i => (uint)i), record.AsPath);
    }

    [Fact]
    public void AS_PATH_and_AS4_PATH_of_30_000_bytes_each()
    {
        var header = new PeerHeader { Flags = PeerHeader.A };
        byte[] path = Bytes.Join([.. Enumerable.Range(0, 7_500).Select(i => Segment2((byte)(1 + i % 2), 23456))]);
        byte[] as4 = Bytes.Join([.. Enumerable.Range(0, 5_000).Select(i => Segment((byte)(1 + i % 2), 400_000 + (uint)i))]);
        var record = Assert.Single(Receive(header, Bytes.Join(Origin(0), Of(0x40, 2, path), NextHop("192.0.2.9"), Of(0xC0, 17, as4))));

        Assert.Equal(7_500, record.AsPathSegments.Length);
        Assert.Equal(404_999u, record.AsPathSegments[^1].Asns[0]);
    }

    [Fact]
    public void All_other_attributes_of_one_byte()
    {
        byte[] others = Bytes.Join([.. Enumerable.Range(40, 216).Select(type => Of(0xC0, (byte)type, (byte)type))]);
        var record = Assert.Single(Receive(new PeerHeader(), Bytes.Join(Mandatory, others)));
        Assert.Equal(216, record.OtherAttributes.Length);
    }

    [Fact]
    public void A_label_stack_of_every_depth()
    {
        // 255 bits are 10 labels and 15 bits of prefix.
        for (int depth = 1; depth <= 10; depth++)
        {
            byte[] labels = Bytes.Join([.. Enumerable.Range(1, depth).Select(i => Nlri.Label(i, isBottom: i == depth))]);
            byte[] nlri = Nlri.Labelled(labels, [], "10.128.0.0/15");
            var record = Assert.Single(Receive(new PeerHeader(), Bytes.Join(
                OriginAndPath, MpReach(1, 4, Bytes.Address("192.0.2.9"), nlri)), []));
            Assert.Equal(Enumerable.Range(1, depth).Select(i => (uint)i), record.MplsLabels);
            Assert.Equal("+10.128.0.0/15", record.Route);
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Random_attribute_sets(int seed)
    {
        var random = new Random(seed);
        byte[] communities = Random(random, 4), large = Random(random, 12), extended = Random(random, 8), ipv6 = Random(random, 20),
            cluster = Random(random, 4);
        bool isNarrow = random.Next(2) == 0;
        byte[][] segments = [.. Enumerable.Range(0, random.Next(1, 300)).Select(_ => RandomSegment(random, isNarrow))];
        var attributes = new List<byte[]> { Origin((byte)random.Next(3)), AsPathOf(segments), NextHop("192.0.2.9") };
        Add(0xC0, 8, communities);
        Add(0xC0, 32, large);
        Add(0xC0, 16, extended);
        Add(0xC0, 25, ipv6);
        Add(0x80, 10, cluster);
        byte[][] others =
            [.. Enumerable.Range(64, random.Next(190)).Select(type => Of(0xC0, (byte)type, RandomBytes(random, random.Next(40))))];
        attributes.AddRange(others);
        byte[][] shuffled = [.. attributes];
        random.Shuffle(shuffled);
        byte[] all = Bytes.Join(shuffled);
        Assert.InRange(all.Length, 0, MostAttributes - 100);

        var header = new PeerHeader { Flags = isNarrow ? PeerHeader.A : (byte)0 };
        string[] prefixes = [.. Enumerable.Range(0, random.Next(1, 6)).Select(i => $"203.0.{i}.0/24")];
        var records = Receive(header, all, Nlri.Prefixes(prefixes));

        Assert.Equal(prefixes.Select(prefix => "+" + prefix), records.Select(record => record.Route));
        foreach (var record in records)
        {
            Assert.Equal(communities.Chunk(4),
                record.Communities.Select(one => Bytes.Join(Bytes.UInt16((int)one.Asn), Bytes.UInt16(one.Value))));
            Assert.Equal(large, Bytes.Join([.. record.LargeCommunities.Select(
                one => Bytes.Join(Bytes.UInt32(one.GlobalAdmin), Bytes.UInt32(one.LocalDataPart1), Bytes.UInt32(one.LocalDataPart2)))]));
            Assert.Equal(Bytes.Join(extended, ipv6), Bytes.Join([.. record.ExtendedCommunities.Select(
                one => Bytes.Join([one.TypeHigh, one.TypeLow], Bytes.Hex(one.Value)))]));
            Assert.Equal(cluster, Bytes.Join([.. record.ClusterList.Select(Bytes.UInt32)]));
            Assert.Equal(shuffled.Where(one => others.Contains(one)).Select(one => one[1]), record.OtherAttributes.Select(one => one.Type));
            var read = segments.Select(one => new PathSegment(one[0], Numbers(one, isNarrow))).ToArray();
            Assert.Equal(read.Where(one => one.Type == 2).SelectMany(one => one.Asns), record.AsPath);
            bool sequencesOnly = read.All(one => one.Type == 2);
            Assert.Equal(sequencesOnly ? "" : string.Join(" ", read.Select(one => one.ToString())), record.Segments);
        }

        void Add(byte flags, byte type, byte[] value)
        {
            if (value.Length > 0)
                attributes.Add(Of(flags, type, value));
        }
    }

    private static byte[] Random(Random random, int width) => RandomBytes(random, width * (random.Next(3) == 0 ? 0 : random.Next(500)));

    private static byte[] RandomBytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    // AS numbers without a zero byte, so that neither width reads as the other.
    private static byte[] RandomSegment(Random random, bool isNarrow)
    {
        byte type = (byte)(random.Next(4) == 0 ? random.Next(1, 5) : 2);
        int count = random.Next(1, 12);
        byte[] numbers = [.. Enumerable.Range(0, count * (isNarrow ? 2 : 4)).Select(_ => (byte)random.Next(6, 256))];
        return Bytes.Join([type, (byte)count], numbers);
    }

    private static uint[] Numbers(byte[] segment, bool isNarrow) =>
        [.. segment[2..].Chunk(isNarrow ? 2 : 4).Select(bytes => bytes.Aggregate(0u, (number, next) => number << 8 | next))];

    private static List<UpdateRecord> Receive(PeerHeader header, byte[] attributes, byte[]? nlri = null)
    {
        var session = new RouterSession(batches: OneRecord);
        // Without the 4-byte AS capability both widths are possible.
        session.Receive(BmpMessage.PeerUp(header, BgpMessage.Open(65000), BgpMessage.Open(65001)));
        session.Receive(header, BgpMessage.Update(attributes, nlri ?? Nlri.Prefix("203.0.113.0/24")));
        Assert.Empty(session.Counters.Errors);
        return session.TakeUpdates();
    }
}
