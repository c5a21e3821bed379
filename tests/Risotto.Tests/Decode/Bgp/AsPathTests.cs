using Risotto.Tests.Messages;
using Risotto.Tests.Pipeline;
using Risotto.Tests.Records;
using static Risotto.Tests.Messages.PathAttribute;

namespace Risotto.Tests.Decode.Bgp;

public sealed class AsPathTests
{
    private const byte Set = 1, Sequence = 2, ConfedSequence = 3, ConfedSet = 4;

    private const ushort AsTrans = 23456;

    private static readonly PeerHeader TwoByte = new() { Flags = PeerHeader.A };

    [Fact]
    public void An_AS_SEQUENCE_makes_no_segments()
    {
        var record = Announce(new PeerHeader(), AsPath(65001, 400644, 65001));
        Assert.Equal([65001u, 400644, 65001], record.AsPath);
        Assert.Empty(record.AsPathSegments);
    }

    [Fact]
    public void Several_AS_SEQUENCEs_are_joined_and_make_no_segments()
    {
        var record = Announce(new PeerHeader(), AsPathOf(Segment(Sequence, 1, 2), Segment(Sequence, 3)));
        Assert.Equal([1u, 2, 3], record.AsPath);
        Assert.Empty(record.AsPathSegments);
    }

    [Fact]
    public void Sets_and_confederation_segments_are_in_the_segments_only()
    {
        var record = Announce(new PeerHeader(), AsPathOf(
            Segment(ConfedSequence, 64512, 64513), Segment(ConfedSet, 64514, 64515, 64516), Segment(Sequence, 65001, 65002),
                Segment(Set, 3, 4)));
        Assert.Equal([65001u, 65002], record.AsPath);
        Assert.Equal("3:64512,64513 4:64514,64515,64516 2:65001,65002 1:3,4", record.Segments);
    }

    [Fact]
    public void A_path_of_one_AS_SET_has_an_empty_AS_SEQUENCE()
    {
        var record = Announce(new PeerHeader(), AsPathOf(Segment(Set, 65001)));
        Assert.Empty(record.AsPath);
        Assert.Equal("1:65001", record.Segments);
    }

    [Fact]
    public void An_empty_path_is_sound()
    {
        var record = Announce(new PeerHeader(), AsPath());
        Assert.True(record.Announced);
        Assert.Empty(record.AsPath);
        Assert.Equal(0, record.ErrorAction);
    }

    [Fact]
    public void With_the_A_flag_numbers_have_two_bytes()
    {
        var record = Announce(TwoByte, AsPathOf(Segment2(Sequence, 65001, 65002, 3)));
        Assert.Equal([65001u, 65002, 3], record.AsPath);
        Assert.Empty(record.AsPathSegments);
    }

    // The A flag set wrongly, both ways; counted.
    [Theory]
    [InlineData(PeerHeader.A, 4)]
    [InlineData(0, 2)]
    public void A_path_that_is_whole_in_the_other_width_only_has_that_width(byte flags, int width)
    {
        var header = new PeerHeader { Flags = flags };
        var session = new RouterSession();
        // OPENs without the 4-byte AS capability: nothing rules 2 bytes out.
        session.Receive(BmpMessage.PeerUp(header, BgpMessage.Open(65000), BgpMessage.Open(65001)));
        var path = width == 4 ? AsPath(65001, 400644, 3) : AsPathOf(Segment2(Sequence, 65001, 64644, 3));
        session.Receive(header, Update(path));

        var record = session.TakeUpdate();
        Assert.Equal([65001u, width == 4 ? 400644u : 64644, 3], record.AsPath);
        Assert.Equal(1, session.Counters.AsPathWidthMismatches);
        Assert.Empty(session.Counters.Errors);
    }

    // RFC 6793 4.2.3. Numbers of AS_PATH; segments of AS4_PATH; what the path is.
    [Theory]
    [InlineData("equal lengths", "2:23456,23456,3", "2:400001,400002,3", "2:400001,400002,3")]
    [InlineData("AS_PATH is longer", "2:1,2,23456,23456", "2:400001,400002", "2:1,2,400001,400002")]
    [InlineData("AS4_PATH is longer: it is ignored", "2:23456", "2:400001,400002", "2:23456")]
    [InlineData("an AS_SET counts as one", "2:1,23456 1:5,6,7", "2:400001 1:5,6,7", "2:1 2:400001 1:5,6,7")]
    [InlineData("an AS_SET of AS_PATH that AS4_PATH does not cover", "1:5,6 2:23456", "2:400001", "1:5,6 2:400001")]
    [InlineData("several segments of AS_PATH stay", "2:1 1:5,6 2:7,23456", "2:400001", "2:1 1:5,6 2:7 2:400001")]
    [InlineData("leading confederation segments count for nothing and stay", "3:64512,64513 2:1,23456", "2:400001",
        "3:64512,64513 2:1 2:400001")]
    [InlineData("a leading confederation segment stays where nothing else does", "3:64512 2:23456", "2:400001", "3:64512 2:400001")]
    [InlineData("a confederation set counts for nothing", "4:64512,64513 2:23456,2", "2:400001,2", "4:64512,64513 2:400001,2")]
    [InlineData("AS4_PATH of two segments", "2:1,23456,23456", "2:400001 2:400002", "2:1 2:400001 2:400002")]
    [InlineData("confederation segments of AS4_PATH are left out", "2:1,23456,3", "3:64512 2:400001 4:64513 2:3", "2:1 2:400001 2:3")]
    [InlineData("an AS4_PATH of confederation segments only changes nothing", "2:1,23456,3", "3:64512 4:64513", "2:1,23456,3")]
    public void AS4_PATH_is_merged(string _, string path, string as4Path, string merged)
    {
        var record = Announce(TwoByte, AsPathOf([.. Segments(path, Narrow)]), As4PathOf([.. Segments(as4Path, Segment)]));

        uint[] sequences = [.. merged.Split(' ').Where(segment => segment[0] == '2').SelectMany(segment => Numbers(segment))];
        Assert.Equal(sequences, record.AsPath);
        bool sequencesOnly = merged.Split(' ').All(segment => segment[0] == '2');
        Assert.Equal(sequencesOnly ? "" : merged, record.Segments);
        Assert.Equal(0, record.ErrorAction);
    }

    [Fact]
    public void AS4_PATH_beside_4_byte_numbers_is_ignored()
    {
        var record = Announce(new PeerHeader(), AsPath(65001, 65002), As4PathOf(Segment(Sequence, 400001, 400002)));
        Assert.Equal([65001u, 65002], record.AsPath);
    }

    [Fact]
    public void AS4_PATH_longer_than_two_bytes_can_say_is_merged()
    {
        uint[] numbers = [.. Enumerable.Range(0, 255).Select(i => 400_000u + (uint)i)];
        var narrow = Segment2(Sequence, [.. Enumerable.Repeat(AsTrans, 255)]);
        var record = Announce(TwoByte, AsPathOf(narrow, narrow), As4PathOf(Segment(Sequence, numbers), Segment(Sequence, numbers)));
        Assert.Equal([.. numbers, .. numbers], record.AsPath);
    }

    [Fact]
    public void A_malformed_AS4_PATH_is_discarded()
    {
        var record = Announce(TwoByte, AsPathOf(Segment2(Sequence, AsTrans)), As4PathOf([Sequence, 2, 0, 6, 1, 1]));
        Assert.Equal([(uint)AsTrans], record.AsPath);
        Assert.Equal(1, record.ErrorAction);
    }

    [Fact]
    public void AGGREGATOR_that_is_not_AS_TRANS_beside_AS4_AGGREGATOR_rules_out_both_AS4_attributes()
    {
        var record = Announce(
            TwoByte, AsPathOf(Segment2(Sequence, AsTrans, 2)), As4PathOf(Segment(Sequence, 400001, 2)),
            Aggregator2(65001, "10.0.0.1"), As4Aggregator(400001, "10.0.0.9"));
        Assert.Equal([AsTrans, 2u], record.AsPath);
        Assert.Equal((65001u, 0x0A000001u), (record.AggregatorAsn, record.AggregatorBgpId));
    }

    [Fact]
    public void AGGREGATOR_that_is_not_AS_TRANS_alone_leaves_AS4_PATH_in_force()
    {
        var record = Announce(
            TwoByte, AsPathOf(Segment2(Sequence, AsTrans, 2)), As4PathOf(Segment(Sequence, 400001, 2)), Aggregator2(65001, "10.0.0.1"));
        Assert.Equal([400001u, 2], record.AsPath);
        Assert.Equal((65001u, 0x0A000001u), (record.AggregatorAsn, record.AggregatorBgpId));
    }

    [Fact]
    public void AGGREGATOR_that_is_AS_TRANS_gives_way_to_AS4_AGGREGATOR()
    {
        var record = Announce(
            TwoByte, AsPathOf(Segment2(Sequence, AsTrans, 2)), As4PathOf(Segment(Sequence, 400001, 2)),
            Aggregator2(AsTrans, "10.0.0.1"), As4Aggregator(400001, "10.0.0.9"));
        Assert.Equal([400001u, 2], record.AsPath);
        Assert.Equal((400001u, 0x0A000009u), (record.AggregatorAsn, record.AggregatorBgpId));
    }

    // FRR 8.4 writes its own aggregates so, with the A flag clear.
    [Fact]
    public void Beside_an_empty_path_AGGREGATOR_has_the_width_of_its_length()
    {
        var record = Announce(new PeerHeader(), AsPath(), Aggregator2(65001, "10.0.0.1"));
        Assert.Equal((65001u, 0x0A000001u, 0), (record.AggregatorAsn, record.AggregatorBgpId, record.ErrorAction));
    }

    [Fact]
    public void AS4_AGGREGATOR_beside_4_byte_numbers_is_ignored()
    {
        var record = Announce(new PeerHeader(), AsPath(65001), Aggregator(AsTrans, "10.0.0.1"), As4Aggregator(400001, "10.0.0.9"));
        Assert.Equal((AsTrans, 0x0A000001u), (record.AggregatorAsn, record.AggregatorBgpId));
    }

    [Fact]
    public void A_LocRib_has_4_byte_numbers_whatever_its_flags_say()
    {
        // RFC 9069 4.2 knows only the F flag; 0x20 means nothing there.
        var record = Announce(new PeerHeader { Type = 3, Flags = 0x20, Address = "0.0.0.0" }, AsPath(65001, 3));
        Assert.Equal([65001u, 3], record.AsPath);
    }

    private static UpdateRecord Announce(PeerHeader header, params byte[][] attributes)
    {
        var session = RouterSession.Established(header);
        session.Receive(header, Update(attributes));
        return session.TakeUpdate();
    }

    private static byte[] Update(params byte[][] attributes) => BgpMessage.Update(
        Bytes.Join(Origin(0), NextHop("192.0.2.9"), Bytes.Join(attributes)), Nlri.Prefix("203.0.113.0/24"));

    private static IEnumerable<byte[]> Segments(string text, Func<byte, uint[], byte[]> write) =>
        text.Split(' ').Select(segment => write((byte)(segment[0] - '0'), Numbers(segment)));

    private static byte[] Narrow(byte type, uint[] numbers) => Segment2(type, [.. numbers.Select(number => (ushort)number)]);

    private static uint[] Numbers(string segment) =>
        [.. segment[2..].Split(',').Select(number => uint.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
}
