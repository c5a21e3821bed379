using Risotto.Tests.Messages;
using static Risotto.Tests.Curate.CuratedRouter;

namespace Risotto.Tests.Curate;

/// <summary>The table after a router has written path identifiers (RFC 7911) otherwise than it seemed at first.</summary>
public sealed class PathIdTests
{
    private static readonly PeerHeader Sender = Peer("192.0.2.9");

    // Three /8 prefixes read as one prefix with a path identifier as well, and say nothing.
    private static readonly string[] Ambiguous = ["10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8"];

    private static byte[] Negotiated => BmpMessage.PeerUp(
        Sender, BgpMessage.Open(65000, capabilities: [BgpMessage.AddPath(1, 1, 3)]),
        BgpMessage.Open(Sender.As, capabilities: [BgpMessage.AddPath(1, 1, 3)]));

    // Three fields without path identifiers overturn the OPENs.
    private static byte[][] PlainTable =>
        [Negotiated, Announce(Sender, "198.51.100.0/24"), Announce(Sender, "198.51.101.0/24"), Announce(Sender, "198.51.102.0/24")];

    [Fact]
    public async Task What_was_read_with_path_ids_goes_when_the_router_writes_none()
    {
        await using var router = new CuratedRouter();
        var session = router.Connect();
        router.Send(session, Negotiated, Announce(Sender, Ambiguous));
        router.Time.Advance(TimeSpan.FromSeconds(6));
        router.Send(session);
        Assert.Equal(["+12.0.0.0/8#134875147"], router.Take());

        router.Send(session, Announce(Sender, "198.51.100.0/24"), Announce(Sender, "198.51.101.0/24"), Announce(Sender, "198.51.102.0/24"));

        Assert.Equal(["-12.0.0.0/8#134875147", "+198.51.100.0/24", "+198.51.101.0/24", "+198.51.102.0/24"], router.Take());
        Assert.Equal(1, router.Curation.Counters.Withdraws(Risotto.Curate.WithdrawCause.PathIds));
    }

    // GoBGP: the first table without path identifiers, later UPDATEs with them.
    [Fact]
    public async Task A_route_that_gets_a_path_id_is_no_second_route()
    {
        await using var router = new CuratedRouter();
        var session = router.Connect();
        router.Send(session, PlainTable);
        Assert.Equal(["+198.51.100.0/24", "+198.51.101.0/24", "+198.51.102.0/24"], router.Take());

        for (uint i = 0; i < 3; i++)
            router.Send(session, WithPathId(Sender, 1, $"198.51.10{i}.0/24"));

        Assert.Equal(
            ["-198.51.100.0/24", "+198.51.100.0/24#1", "-198.51.101.0/24", "+198.51.101.0/24#1", "-198.51.102.0/24", "+198.51.102.0/24#1"],
            router.Take());
    }

    [Fact]
    public async Task A_withdrawal_with_a_path_id_withdraws_the_route_that_came_without()
    {
        await using var router = new CuratedRouter();
        var session = router.Connect();
        router.Send(session, PlainTable);
        router.Take();

        byte[] withdrawn = Bytes.Join(Nlri.WithPathId(1, "198.51.101.0/24"), Nlri.WithPathId(1, "203.0.113.0/24"));
        router.Send(session, BmpMessage.RouteMonitoring(Sender, BgpMessage.Update([], withdrawn: withdrawn)));
        End(session);

        Assert.Equal(["-198.51.101.0/24"], router.Take());
    }

    // 19 C63364 00: 198.51.100.0/25, or a default route with the path identifier 0x19C63364.
    [Fact]
    public async Task Without_evidence_a_default_route_is_the_less_likely_reading()
    {
        await using var router = new CuratedRouter();
        var session = router.Connect();
        router.Send(session, Negotiated, Announce(Sender, "198.51.100.0/25"));
        End(session);

        Assert.Equal(["+198.51.100.0/25"], router.Take());
    }

    private static byte[] WithPathId(PeerHeader peer, uint id, string prefix) =>
        BmpMessage.RouteMonitoring(peer, BgpMessage.Update(PathAttribute.Mandatory, Nlri.WithPathId(id, prefix)));
}
