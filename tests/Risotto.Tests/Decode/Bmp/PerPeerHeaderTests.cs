using Risotto.Pipeline;
using Risotto.Tests.Messages;
using Risotto.Tests.Pipeline;

namespace Risotto.Tests.Decode.Bmp;

public sealed class PerPeerHeaderTests
{
    private static readonly byte[] Update = BgpMessage.Update(PathAttribute.Mandatory, Nlri.Prefix("203.0.113.0/24"));

    // RFC 7854 4.2, RFC 8671 4, RFC 9069 4.2. Type, flags; RIB view, isPostPolicy, isAdjRibOut.
    [Theory]
    [InlineData(0, 0, 0, false, false)]
    [InlineData(0, PeerHeader.L, 1, true, false)]
    [InlineData(0, PeerHeader.O, 2, false, true)]
    [InlineData(0, PeerHeader.O | PeerHeader.L, 3, true, true)]
    [InlineData(1, 0, 0, false, false)]
    [InlineData(1, PeerHeader.L, 1, true, false)]
    [InlineData(1, PeerHeader.O | PeerHeader.L, 3, true, true)]
    [InlineData(2, PeerHeader.L, 1, true, false)]
    [InlineData(2, PeerHeader.O, 2, false, true)]
    [InlineData(3, 0, 4, false, false)]
    [InlineData(3, 0x80, 4, false, false)]
    [InlineData(3, PeerHeader.L | PeerHeader.O, 4, false, false)]
    public void Type_and_flags_tell_the_RIB_view(byte type, byte flags, byte view, bool isPostPolicy, bool isAdjRibOut)
    {
        var header = new PeerHeader { Type = type, Flags = flags };
        var session = RouterSession.Established(header);
        session.Receive(header, Update);

        var record = session.TakeUpdate();
        Assert.Equal((view, isPostPolicy, isAdjRibOut), (record.RibView, record.IsPostPolicy, record.IsAdjRibOut));
        Assert.Equal((type, flags), (record.PeerType, record.PeerFlags));
    }

    [Fact]
    public void Every_field_is_in_the_record()
    {
        var header = new PeerHeader
        {
            Type = 1,
            Flags = PeerHeader.V,
            Distinguisher = 0x0001_0A00_0001_0064,
            Address = "2001:db8::9",
            As = 400644,
            BgpId = 0x0A000009,
            Seconds = 1_700_000_000,
            Microseconds = 999_999,
        };
        var session = RouterSession.Established(header);
        session.Receive(header, Update);

        var record = session.TakeUpdate();
        Assert.Equal(0x0001_0A00_0001_0064ul, record.PeerDistinguisher);
        Assert.Equal("2001:db8::9", record.PeerAddr);
        Assert.Equal((400644u, 0x0A000009u), (record.PeerAsn, record.PeerBgpId));
        Assert.Equal(1_700_000_000_999_999_000ul, record.TimeBmpHeaderNs);
        Assert.Equal(1_700_000_000_123_456_789ul, record.TimeReceivedNs);
    }

    [Fact]
    public void A_time_that_the_router_does_not_give_is_0()
    {
        var header = new PeerHeader { Seconds = 0, Microseconds = 0 };
        var session = RouterSession.Established(header);
        session.Receive(header, Update);
        Assert.Equal(0ul, session.TakeUpdate().TimeBmpHeaderNs);
    }

    [Fact]
    public void The_latest_time_that_the_header_can_say_is_no_overflow()
    {
        var header = new PeerHeader { Seconds = uint.MaxValue, Microseconds = 999_999 };
        var session = RouterSession.Established(header);
        session.Receive(header, Update);
        Assert.Equal(4_294_967_295_999_999_000ul, session.TakeUpdate().TimeBmpHeaderNs);
    }

    // RFC 9069 4.1: the peer address of a Loc-RIB is zero, the V flag's bit means something else.
    [Theory]
    [InlineData(0)]
    [InlineData(0x80)]
    public void A_LocRib_has_no_peer_address(byte flags)
    {
        var header = new PeerHeader { Type = 3, Flags = flags, Address = "0.0.0.0", Distinguisher = 7 };
        var session = RouterSession.Established(header);
        session.Receive(header, Update);

        var record = session.TakeUpdate();
        Assert.Equal("::", record.PeerAddr);
        Assert.Equal(7ul, record.PeerDistinguisher);
    }

    [Fact]
    public void A_LocRib_route_may_lack_AS_PATH()
    {
        var header = new PeerHeader { Type = 3, Address = "0.0.0.0" };
        var session = RouterSession.Established(header);
        session.Receive(header, BgpMessage.Update(
            Bytes.Join(PathAttribute.Origin(0), PathAttribute.NextHop("0.0.0.0")), Nlri.Prefix("203.0.113.0/24")));

        var record = session.TakeUpdate();
        Assert.True(record.Announced);
        Assert.Empty(record.AsPath);
    }

    [Fact]
    public void Ignored_LocRib_routes_are_counted()
    {
        var header = new PeerHeader { Type = 3, Address = "0.0.0.0" };
        var session = RouterSession.Established(header, new PipelineOptions { IgnoreLocRib = true });
        session.Receive(header, Update);

        Assert.Empty(session.TakeUpdates());
        Assert.Equal([("loc_rib_ignored", 1L)], session.Counters.Skipped);
    }

    [Fact]
    public void Peers_of_one_address_in_two_VRFs_are_two()
    {
        var session = new RouterSession();
        var first = new PeerHeader { Type = 1, Distinguisher = 1 };
        var second = first with { Distinguisher = 2 };
        session.PeerUp(first, [BgpMessage.AddPath(1, 1, 1)], [BgpMessage.AddPath(1, 1, 2)]);
        session.PeerUp(second);
        session.Receive(first, BgpMessage.Update(PathAttribute.Mandatory, Nlri.WithPathId(1, "203.0.113.0/24")));
        session.Receive(second, BgpMessage.Update(PathAttribute.Mandatory, Nlri.Prefix("203.0.113.0/24")));

        Assert.Equal(["+203.0.113.0/24#1", "+203.0.113.0/24"], session.TakeRoutes());
    }
}
