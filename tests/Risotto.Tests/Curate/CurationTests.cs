using Risotto.Curate;
using Risotto.Decode.Bmp;
using Risotto.Pipeline;
using Risotto.Tests.Messages;
using Risotto.Tests.Records;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Native;
using Shared.Records.Wire;
using static Risotto.Tests.Messages.Bytes;

namespace Risotto.Tests.Curate;

/// <summary>What passes the curation and what does not, one rule a test.</summary>
public class CurationTests
{
    private const ulong NowNs = 1_700_000_000_000_000_000;

    private static readonly string[] Addresses = ["192.0.2.1", "2001:db8::1", "::ffff:198.51.100.1"];

    private readonly Curation _curation = new(new CurationOptions(), seed: 7);
    private readonly RecordSink _sink = new();
    private readonly TopicWriter _updates;

    public CurationTests() => _updates = new TopicWriter(
        "updates", new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 }, _sink, TimeProvider.System);

    public static TheoryData<string, string> RoutersAndPeers()
    {
        var data = new TheoryData<string, string>();
        foreach (string router in Addresses)
        {
            data.Add(router, "192.0.2.9");
            data.Add(router, "2001:db8:9::9");
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(RoutersAndPeers))]
    public void Two_paths_in_two_VPNs_in_four_views_are_16_routes_and_16_withdraws_at_Peer_Down(string router, string peer)
    {
        var session = Open(router);
        var header = Header(peer);
        byte[][] paths = [BgpMessage.AddPath(1, 128, 3)];
        Send(session, BmpMessage.PeerUp(
            header, BgpMessage.Open(65000, capabilities: [BgpMessage.FourOctetAs(65000), .. paths]),
            BgpMessage.Open(65001, capabilities: [BgpMessage.FourOctetAs(65001), .. paths])));
        foreach (byte view in (byte[])[0, PeerHeader.L, PeerHeader.O, PeerHeader.L | PeerHeader.O])
        {
            foreach (uint path in (uint[])[1, 2])
            {
                foreach (ulong distinguisher in (ulong[])[1, 2])
                {
                    byte[] nlri = Join(UInt32(path), Nlri.Labelled(Nlri.Label(100, true), UInt64(distinguisher), "10.0.0.0/24"));
                    byte[] update =
                        BgpMessage.Update(
                            Join(PathAttribute.OriginAndPath,
                                PathAttribute.MpReach(1, 128, Join(new byte[8], Address("192.0.2.9")), nlri)));
                    for (int repeat = 0; repeat < 2; repeat++)
                        Send(session, BmpMessage.RouteMonitoring(header with { Flags = (byte)(header.Flags | view) }, update));
                }
            }
        }
        var live = Take();
        Assert.Equal(16, live.Count);
        Assert.Equal(16, live.Select(Identity).Distinct().Count());

        Send(session, BmpMessage.PeerDown(header, 4));
        var gone = Take();
        Assert.All(gone, record =>
            Assert.True(record is { Announced: false, Synthetic: true, Origin: "INCOMPLETE", NextHop: "::", PeerAsn: 65001 }));
        Assert.Equal(live.Select(Identity).Order(), gone.Select(Identity).Order());
        Assert.Equal(live.Select(record => record.Sequence).Concat(gone.Select(record => record.Sequence)),
            Enumerable.Range(1, 32).Select(i => (ulong)i));
    }

    [Theory]
    [InlineData("origin")]
    [InlineData("path")]
    [InlineData("next hop")]
    [InlineData("community")]
    [InlineData("unknown attribute")]
    public void A_change_of_any_attribute_passes_and_a_repeat_does_not(string what)
    {
        var session = Open("192.0.2.1");
        byte[] before = Update(PathAttribute.Origin(0), PathAttribute.AsPath(65001), PathAttribute.NextHop("192.0.2.9"));
        byte[] after = what switch
        {
            "origin" => Update(PathAttribute.Origin(1), PathAttribute.AsPath(65001), PathAttribute.NextHop("192.0.2.9")),
            "path" => Update(PathAttribute.Origin(0), PathAttribute.AsPath(65001, 1), PathAttribute.NextHop("192.0.2.9")),
            "next hop" => Update(PathAttribute.Origin(0), PathAttribute.AsPath(65001), PathAttribute.NextHop("192.0.2.10")),
            "community" =>
                Update(PathAttribute.Origin(0), PathAttribute.AsPath(65001), PathAttribute.NextHop("192.0.2.9"),
                    PathAttribute.Of(0xC0, 8, 0, 1, 0, 2)),
            _ =>
                Update(PathAttribute.Origin(0), PathAttribute.AsPath(65001), PathAttribute.NextHop("192.0.2.9"),
                    PathAttribute.Of(0xC0, 99, 1)),
        };
        foreach (byte[] update in (byte[][])[before, before, after, after, before])
            Send(session, BmpMessage.RouteMonitoring(Header("192.0.2.9"), update));
        Assert.Equal(3, Take().Count);

        static byte[] Update(params byte[][] attributes) => BgpMessage.Update(Join(attributes), Nlri.Prefix("10.0.0.0/24"));
    }

    [Fact]
    public void How_the_next_hop_and_other_prefixes_are_packed_is_no_change()
    {
        var session = Open("192.0.2.1");
        byte[] nextHop = Address("2001:db8::9");
        Send(session, BmpMessage.RouteMonitoring(Header("192.0.2.9"), BgpMessage.Update(Join(
            PathAttribute.OriginAndPath, PathAttribute.MpReach(2, 1, nextHop, Nlri.Prefixes("2001:db8:1::/48", "2001:db8:2::/48"))))));
        Send(session, BmpMessage.RouteMonitoring(Header("192.0.2.9"), BgpMessage.Update(Join(
            PathAttribute.OriginAndPath, PathAttribute.MpReach(2, 1, nextHop, Nlri.Prefixes("2001:db8:2::/48"))))));
        Assert.Equal(2, Take().Count);
        Send(session, BmpMessage.RouteMonitoring(Header("192.0.2.9"), BgpMessage.Update(Join(
            PathAttribute.OriginAndPath, PathAttribute.MpReach(2, 1, Address("2001:db8::a"), Nlri.Prefixes("2001:db8:2::/48"))))));
        Assert.Single(Take());
    }

    [Fact]
    public void In_presence_mode_a_change_does_not_pass()
    {
        var curation = new Curation(new CurationOptions { PresenceOnly = true }, seed: 1);
        var session = Open("192.0.2.1", curation);
        Send(session, Announcement("10.0.0.0/24", 0));
        Send(session, Announcement("10.0.0.0/24", 1));
        Send(session, Withdrawal("10.0.0.0/24"));
        Send(session, Withdrawal("10.0.0.0/24"));
        Assert.Equal(["+10.0.0.0/24", "-10.0.0.0/24"], Take().Select(record => record.Route));
    }

    [Fact]
    public void With_a_refresh_time_a_repeat_passes_once_in_each_period()
    {
        var curation = new Curation(new CurationOptions { Refresh = TimeSpan.FromHours(1) }, seed: 1);
        var session = Open("192.0.2.1", curation);
        ulong hour = 3_600_000_000_000, start = NowNs / hour * hour;
        foreach (ulong time in (ulong[])[start, start + 1, start + hour - 1, start + hour, start + hour + 1, start + 3 * hour])
            Send(session, time, Announcement("10.0.0.0/24", 0));
        Assert.Equal(3, Take().Count);
    }

    [Fact]
    public void Routes_beyond_the_limit_are_left_out_and_those_that_are_known_go_on()
    {
        var curation = new Curation(new CurationOptions { MaxRoutes = 2 }, seed: 1);
        var session = Open("192.0.2.1", curation);
        for (int i = 0; i < 5; i++)
            Send(session, Announcement($"10.0.{i}.0/24", 0));
        Send(session, Announcement("10.0.1.0/24", 1));
        Send(session, Withdrawal("10.0.4.0/24"));
        Send(session, Withdrawal("10.0.0.0/24"));
        Send(session, Announcement("10.0.4.0/24", 0));
        Assert.Equal(["+10.0.0.0/24", "+10.0.1.0/24", "+10.0.1.0/24", "-10.0.0.0/24", "+10.0.4.0/24"],
            Take().Select(record => record.Route));
        Assert.Equal(3, _updates.Shards[0].Account.Balance().Dropped["curation_max_routes"]);
        Assert.Equal(0, _updates.Shards[0].Account.Balance().Unaccounted);
    }

    [Fact]
    public void A_malformed_update_announces_what_it_announces()
    {
        var session = Open("192.0.2.1");
        byte[] broken =
            BgpMessage.Update(Join(PathAttribute.Origin(9), PathAttribute.AsPath(65001), PathAttribute.NextHop("192.0.2.9")),
                Nlri.Prefixes("10.0.0.0/24", "10.0.1.0/24"));
        Send(session, Announcement("10.0.0.0/24", 0));
        Send(session, BmpMessage.RouteMonitoring(Header("192.0.2.9"), broken));
        Assert.Equal(["+10.0.0.0/24", "+10.0.0.0/24", "+10.0.1.0/24"], Take().Select(record => record.Route));
    }

    [Theory]
    [InlineData(4, 28)]
    [InlineData(6, 44)]
    [InlineData(128, 44)]
    public void A_million_routes_of_one_peer_take_few_bytes_each_while_they_grow_too(int family, double most)
    {
        const int Routes = 1_000_000;
        var rib = _curation.NewRouter();
        var view = rib.FindOrAdd(new PerPeerHeader(Header("192.0.2.9").Bytes).Key).FamilyOrNew(family == 4 ? 0 : 4);
        long highest = 0;
        for (int i = 0; i < Routes; i++)
        {
            ulong hash = RouteWord.Hash((ulong)i << 16);
            if (family == 4)
                view.AnnounceIpv4((uint)i << 8, 24, hash);
            else if (family == 6)
                view.AnnounceIpv6((ulong)i << 16, 0, 48, hash);
            else
                view.AnnounceIpv6((ulong)i, (ulong)i, 128, hash);
            if (i % 256 == 0)
                highest = Math.Max(highest, rib.Bytes);
        }
        Assert.InRange((double)rib.Bytes / Routes, 10, most);
        Assert.InRange((double)highest / rib.Bytes, 0, 1.5);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{(double)rib.Bytes / Routes:F1} bytes a route, {(double)highest / Routes:F1} at most; " +
            $"the heap of all has {NativeHeap.Bytes >> 20} MiB");

        // And it comes back after most of them are gone.
        for (int i = 0; i < Routes - 1000; i++)
        {
            var change = family == 4 ? view.WithdrawIpv4((uint)i << 8, 24)
                : family == 6 ? view.WithdrawIpv6((ulong)i << 16, 0, 48) : view.WithdrawIpv6((ulong)i, (ulong)i, 128);
            Assert.Equal(RouteChange.Changed, change);
        }
        Assert.Equal(1000, rib.Count.Routes);
        Assert.InRange(rib.Bytes, 0, 1000 * 150);
    }

    private static string Identity(UpdateRecord record) =>
        $"{record.RouterAddr} {record.PeerAddr} {record.RibView} {record.IsPostPolicy} {record.IsAdjRibOut} {record.Afi}/{record.Safi} " +
        $"{record.RouteDistinguisher} {record.PathId} {record.PrefixAddr}/{record.PrefixLen}";

    private static PeerHeader Header(string peer) =>
        new() { Address = peer, Flags = peer.Contains(':', StringComparison.Ordinal) ? PeerHeader.V : (byte)0 };

    private static byte[] Announcement(string prefix, byte origin) => BmpMessage.RouteMonitoring(Header("192.0.2.9"), BgpMessage.Update(
        Join(PathAttribute.Origin(origin), PathAttribute.AsPath(65001), PathAttribute.NextHop("192.0.2.9")), Nlri.Prefix(prefix)));

    private static byte[] Withdrawal(string prefix) =>
        BmpMessage.RouteMonitoring(Header("192.0.2.9"), BgpMessage.Update([], withdrawn: Nlri.Prefix(prefix)));

    private RisottoPipeline Open(string router, Curation? curation = null)
    {
        curation ??= _curation;
        var state = new RouterState(Ipv6Address.From(System.Net.IPAddress.Parse(router))) { Rib = curation.NewRouter() };
        var session = new RisottoPipeline(
            state, 4000, new CollectorIdentity("test", 1), new PipelineOptions(), new PipelineOutputs { Updates = _updates },
                new SessionCounters(),
            curation.OpenSession(state));
        Send(session, BmpMessage.PeerUp(
            Header("192.0.2.9"), BgpMessage.Open(65000, capabilities: [BgpMessage.FourOctetAs(65000)]),
            BgpMessage.Open(65001, capabilities: [BgpMessage.FourOctetAs(65001)])));
        return session;
    }

    private static void Send(RisottoPipeline session, byte[] message) => Send(session, NowNs, message);

    private static void Send(RisottoPipeline session, ulong nowNs, byte[] message)
    {
        Assert.Equal(PipelineStep.NeedsInput, session.Process(message, nowNs, out int consumed));
        Assert.Equal(message.Length, consumed);
    }

    private List<UpdateRecord> Take()
    {
        _updates.CloseDue(always: true);
        return _sink.Take(record => new UpdateRecord(record));
    }
}
