using Risotto.Tests.Messages;
using static Risotto.Tests.Curate.CuratedRouter;

namespace Risotto.Tests.Curate;

/// <summary>
/// A link-local address is unique on its link only (RFC 4291 2.5.6): AS and BGP ID tell the peers of a router apart that have the same one.
/// </summary>
public sealed class LinkLocalPeerTests
{
    private static readonly PeerHeader First = Peer("fe80::1") with { As = 65001, BgpId = 0xC0000201 };

    [Theory]
    [InlineData("fe80::1", 65002, 0xC0000202, true)]
    [InlineData("fe80::1", 65001, 0xC0000202, true)]
    [InlineData("fe80::1", 65002, 0xC0000201, true)]
    [InlineData("febf:ffff::1", 65002, 0xC0000202, true)]
    // Of any other address they are no part of the peer: a router may report them late, or not at all.
    [InlineData("fec0::1", 65002, 0xC0000202, false)]
    [InlineData("2001:db8::1", 65002, 0xC0000202, false)]
    [InlineData("169.254.0.1", 65002, 0xC0000202, false)]
    public async Task The_Peer_Down_of_one_leaves_the_other(string address, uint asNumber, uint bgpId, bool areTwo)
    {
        await using var router = new CuratedRouter();
        var first = Peer(address) with { As = First.As, BgpId = First.BgpId };
        var second = Peer(address) with { As = asNumber, BgpId = bgpId };
        var session = router.Connect(first, second);
        router.Send(session, Announce(first, "10.0.0.0/24"), Announce(second, "10.0.1.0/24"));
        router.Take();
        router.Send(session, BmpMessage.PeerDown(first, 4));
        Assert.Equal(areTwo ? ["-10.0.0.0/24"] : ["-10.0.0.0/24", "-10.0.1.0/24"], router.Take().Order(StringComparer.Ordinal));
    }

    // FRR 8.4: the Peer Down of a peer that is not up has the BGP ID 0 (captures/frr). It may have a twin that is up.
    [Fact]
    public async Task A_Peer_Down_without_a_BGP_ID_is_about_no_peer_that_is_up()
    {
        await using var router = new CuratedRouter();
        var session = router.Connect(First);
        router.Send(session, Announce(First, "10.0.0.0/24"), BmpMessage.PeerDown(First with { BgpId = 0 }, 4));
        Assert.Equal(["+10.0.0.0/24"], router.Take());
    }

    [Fact]
    public async Task They_are_two_after_a_restart_too()
    {
        string folder = Directory.CreateTempSubdirectory("risotto-twins-").FullName;
        try
        {
            string path = Path.Combine(folder, "state.bin");
            var second = First with { As = 65002 };
            await using (var collector = new ModelCollector(path, 1, new(), new ModelTopic()))
            {
                var session = collector.OpenSession("192.0.2.1");
                Take(session, PeerUp(First), PeerUp(second));
                Take(session, Announce(First, "10.0.0.0/24"), Announce(second, "10.0.0.0/24", "10.0.1.0/24"));
            }
            var topic = new ModelTopic();
            await using var next = new ModelCollector(path, 2, new(), topic);
            Take(next.OpenSession("192.0.2.1"), BmpMessage.PeerDown(second, 1));
            await next.FlushAsync();
            Assert.Equal(2, topic.Synthetic);
            Assert.Equal(1, next.StateOf("192.0.2.1").Rib!.Count.Routes);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Take(Risotto.Pipeline.RisottoPipeline session, params byte[][] messages)
    {
        lock (session.Updates.Gate)
        {
            ReadOnlySpan<byte> input = Bytes.Join(messages);
            while (session.Process(input, 1, out int consumed) == Risotto.Pipeline.PipelineStep.NeedsSpace)
                input = input[consumed..];
        }
    }
}
