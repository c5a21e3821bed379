using Risotto.Pipeline;
using Risotto.Tests.Messages;
using Risotto.Tests.Pipeline;
using Risotto.Tests.Records;
using Shared.Records.Batch;

namespace Risotto.Tests.Decode;

/// <summary>The OPENs and the messages decide whether NLRI carries path identifiers (RFC 7911), and never a single message.</summary>
public sealed class AddPathTests
{
    private const byte Receive = 1, Send = 2, Both = 3;

    // Three /8 prefixes read as one prefix with a path identifier as well, and say nothing.
    private static readonly byte[] Ambiguous = Announce(Nlri.Prefixes("10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8"));

    private static readonly string[] AmbiguousPlain = ["+10.0.0.0/8", "+11.0.0.0/8", "+12.0.0.0/8"];

    private static readonly string[] AmbiguousWithIds = ["+12.0.0.0/8#134875147"];

    private readonly RouterSession _session = new();
    private readonly PeerHeader _peer = new();

    [Fact]
    public void Negotiated_and_present_the_first_message_confirms()
    {
        Up([BgpMessage.AddPath(1, 1, Receive)], [BgpMessage.AddPath(1, 1, Send)]);
        _session.Receive(_peer, Announce(Nlri.WithPathId(7, "203.0.113.0/24"), Nlri.WithPathId(8, "203.0.113.0/24")));

        Assert.Equal(["+203.0.113.0/24#7", "+203.0.113.0/24#8"], _session.TakeRoutes());
        Assert.False(_session.IsHolding);
        Assert.Equal(0, _session.Counters.AddPathMismatches);
    }

    [Fact]
    public void Negotiated_and_absent_three_messages_overturn_the_OPENs_and_keep_their_order()
    {
        Up([BgpMessage.AddPath(1, 1, Receive)], [BgpMessage.AddPath(1, 1, Both)]);
        _session.Receive(_peer, Announce(Nlri.Prefix("203.0.113.0/24")));
        _session.Receive(_peer, Withdraw(Nlri.Prefix("203.0.113.0/24")));
        Assert.Empty(_session.TakeRoutes());

        _session.Receive(_peer, Announce(Nlri.Prefixes("0.0.0.0/0", "198.51.100.0/24")));

        var records = _session.TakeUpdates();
        Assert.Equal(["+203.0.113.0/24", "-203.0.113.0/24", "+0.0.0.0/0", "+198.51.100.0/24"], records.Select(record => record.Route));
        Assert.Equal([1ul, 2, 3, 4], records.Select(record => record.Sequence));
        Assert.Equal(1, _session.Counters.AddPathMismatches);
        Assert.Equal(3, _session.Counters.MessagesHeld);
    }

    [Fact]
    public void Not_negotiated_plain_prefixes_do_not_wait()
    {
        Up([], []);
        _session.Receive(_peer, Ambiguous);

        Assert.Equal(AmbiguousPlain, _session.TakeRoutes());
        Assert.Equal(0, _session.Counters.MessagesHeld);
    }

    [Theory]
    [InlineData(Send, Send)]
    [InlineData(Receive, Receive)]
    [InlineData(Send, Receive)]
    public void Adj_RIB_In_needs_a_router_that_receives_and_a_peer_that_sends(byte router, byte peer)
    {
        Up([BgpMessage.AddPath(1, 1, router)], [BgpMessage.AddPath(1, 1, peer)]);
        _session.Receive(_peer, Ambiguous);

        Assert.Equal(AmbiguousPlain, _session.TakeRoutes());
    }

    [Fact]
    public void Adj_RIB_Out_needs_a_router_that_sends_and_a_peer_that_receives()
    {
        Up([BgpMessage.AddPath(1, 1, Send)], [BgpMessage.AddPath(1, 1, Receive)]);
        _session.Receive(_peer with { Flags = PeerHeader.O }, Announce(Nlri.WithPathId(7, "203.0.113.0/24")));

        Assert.Equal(["+203.0.113.0/24#7"], _session.TakeRoutes());
    }

    [Fact]
    public void A_family_that_was_not_negotiated_has_no_path_ids()
    {
        Up([BgpMessage.AddPath(2, 1, Both)], [BgpMessage.AddPath(2, 1, Both)]);
        _session.Receive(_peer, Ambiguous);
        _session.Receive(_peer, BgpMessage.Update(Bytes.Join(
            PathAttribute.OriginAndPath, PathAttribute.MpReach(2, 1, Bytes.Address("2001:db8::9"), Nlri.WithPathId(5, "2001:db8::/32")))));

        Assert.Equal([.. AmbiguousPlain, "+2001:db8::/32#5"], _session.TakeRoutes());
    }

    [Fact]
    public void Views_of_one_peer_are_decided_apart()
    {
        Up([BgpMessage.AddPath(1, 1, Receive)], [BgpMessage.AddPath(1, 1, Send)]);
        var postPolicy = _peer with { Flags = PeerHeader.L };
        for (int i = 0; i < 3; i++)
        {
            _session.Receive(_peer, Announce(Nlri.WithPathId(1, $"203.0.{i}.0/24")));
            _session.Receive(postPolicy, Announce(Nlri.Prefix($"203.0.{i}.0/24")));
        }
        var records = _session.TakeUpdates();
        Assert.Equal(["+203.0.0.0/24#1", "+203.0.1.0/24#1", "+203.0.2.0/24#1"], Of(records, ribView: 0));
        Assert.Equal(["+203.0.0.0/24", "+203.0.1.0/24", "+203.0.2.0/24"], Of(records, ribView: 1));
    }

    [Fact]
    public void A_LocRib_without_Peer_Up_is_decided_by_three_messages()
    {
        var locRib = new PeerHeader { Type = 3, Address = "0.0.0.0" };
        for (uint i = 1; i <= 3; i++)
            _session.Receive(locRib, Announce(Nlri.WithPathId(i, "203.0.113.0/24")));

        Assert.Equal(["+203.0.113.0/24#1", "+203.0.113.0/24#2", "+203.0.113.0/24#3"], _session.TakeRoutes());
        Assert.Equal(0, _session.Counters.AddPathMismatches);
    }

    [Fact]
    public void A_LocRib_whose_one_OPEN_names_ADD_PATH_carries_path_ids()
    {
        var locRib = new PeerHeader { Type = 3, Address = "0.0.0.0" };
        _session.PeerUp(locRib, [BgpMessage.AddPath(1, 1, Send)], []);
        _session.Receive(locRib, Announce(Nlri.WithPathId(4, "203.0.113.0/24")));

        Assert.Equal(["+203.0.113.0/24#4"], _session.TakeRoutes());
    }

    [Fact]
    public void A_stream_that_begins_in_mid_session_waits_for_three_messages()
    {
        _session.Receive(_peer, Announce(Nlri.Prefix("203.0.113.0/24")));
        _session.Receive(_peer, Ambiguous);
        _session.Receive(_peer, Announce(Nlri.Prefix("198.51.100.0/24")));
        Assert.Empty(_session.TakeRoutes());
        _session.Receive(_peer, Announce(Nlri.Prefix("192.0.2.0/24")));

        Assert.Equal(["+203.0.113.0/24", .. AmbiguousPlain, "+198.51.100.0/24", "+192.0.2.0/24"], _session.TakeRoutes());
    }

    [Fact]
    public void In_mid_session_with_path_ids_the_ambiguous_message_is_read_as_the_others_are()
    {
        _session.Receive(_peer, Ambiguous);
        for (uint i = 1; i <= 3; i++)
            _session.Receive(_peer, Announce(Nlri.WithPathId(i, "203.0.113.0/24")));

        Assert.Equal([.. AmbiguousWithIds, "+203.0.113.0/24#1", "+203.0.113.0/24#2", "+203.0.113.0/24#3"], _session.TakeRoutes());
    }

    [Theory]
    [InlineData("0.0.0.0/0")]
    [InlineData("0.0.0.0/0 10.0.0.0/8")]
    [InlineData("0.0.0.0/0 203.0.113.0/24")]
    [InlineData("0.0.0.0/0 10.0.0.0/8 192.0.2.0/24 198.51.100.0/24")]
    [InlineData("0.0.0.0/1 128.0.0.0/1 0.0.0.0/0")]
    public void The_default_route_is_no_path_identifier(string prefixes)
    {
        Up([], []);
        string[] routes = prefixes.Split(' ');
        _session.Receive(_peer, Announce(Nlri.Prefixes(routes)));
        _session.Receive(_peer, Withdraw(Nlri.Prefixes(routes)));

        Assert.Equal([.. routes.Select(route => "+" + route), .. routes.Select(route => "-" + route)], _session.TakeRoutes());
        Assert.Equal(0, _session.Counters.MessagesHeld);
    }

    [Fact]
    public void The_default_route_of_a_peer_without_OPENs_comes_out_after_the_wait()
    {
        _session.Receive(_peer, Announce(Nlri.Prefix("0.0.0.0/0")));
        _session.Receive(_peer, Announce(Nlri.Prefix("::/0")));
        _session.EndOfStream();

        Assert.Equal(["+0.0.0.0/0", "+0.0.0.0/0"], _session.TakeRoutes());
    }

    [Fact]
    public void A_default_route_with_a_path_id_is_one_route()
    {
        Up([BgpMessage.AddPath(1, 1, Both)], [BgpMessage.AddPath(1, 1, Both)]);
        _session.Receive(_peer, Announce(Nlri.WithPathId(1, "0.0.0.0/0"), Nlri.WithPathId(2, "0.0.0.0/0")));

        Assert.Equal(["+0.0.0.0/0#1", "+0.0.0.0/0#2"], _session.TakeRoutes());
    }

    [Fact]
    public void Three_contradicting_messages_overturn_a_decision()
    {
        Up([], []);
        _session.Receive(_peer, Announce(Nlri.Prefix("203.0.113.0/24")));
        for (uint i = 1; i <= 3; i++)
            _session.Receive(_peer, Announce(Nlri.WithPathId(i, "198.51.100.0/24")));

        Assert.Equal(["+203.0.113.0/24", "+198.51.100.0/24#1", "+198.51.100.0/24#2", "+198.51.100.0/24#3"], _session.TakeRoutes());
        Assert.Equal(1, _session.Counters.AddPathMismatches);
        Assert.Empty(_session.TakeMalformed());
    }

    [Fact]
    public void One_contradicting_message_does_not_overturn_a_decision()
    {
        Up([], []);
        _session.Receive(_peer, Announce(Nlri.Prefix("203.0.113.0/24")));
        _session.Receive(_peer, Announce(Nlri.WithPathId(1, "198.51.100.0/24")));
        Assert.Equal(["+203.0.113.0/24"], _session.TakeRoutes());
        _session.Receive(_peer, Announce(Nlri.Prefix("192.0.2.0/24")));

        // 00 00 00 01 18 C6 33 64 is no list of plain prefixes (three times /0, then 0.0.0.0/1, then nonsense), but one with path ids.
        Assert.Equal(["+198.51.100.0/24#1", "+192.0.2.0/24"], _session.TakeRoutes());
        Assert.Empty(_session.TakeMalformed());
    }

    [Fact]
    public void At_most_1024_messages_wait()
    {
        for (int i = 0; i < HeldMessages.MaxMessages - 1; i++)
            _session.Receive(_peer, Ambiguous);
        Assert.Empty(_session.TakeRoutes());
        _session.Receive(_peer, Ambiguous);

        Assert.Equal(3 * HeldMessages.MaxMessages, _session.TakeRoutes().Length);
        Assert.False(_session.IsHolding);
        _session.Receive(_peer, Ambiguous);
        Assert.Equal(AmbiguousPlain, _session.TakeRoutes());
    }

    [Fact]
    public void At_most_a_mebibyte_waits()
    {
        byte[] large = BgpMessage.Update(
            Bytes.Join(PathAttribute.Mandatory, PathAttribute.Of(0xC0, 99, new byte[60_000])),
                Nlri.Prefixes("10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8"));
        int messages = 0;
        while (_session.Counters.RecordsEmitted == 0)
        {
            _session.Receive(_peer, large);
            messages++;
        }
        Assert.Equal((HeldMessages.MaxBytes + large.Length) / (large.Length + 48), messages);
        Assert.Equal(3 * messages, _session.TakeRoutes().Length);
    }

    [Fact]
    public void What_waits_comes_out_after_five_seconds()
    {
        _session.Receive(_peer, Ambiguous);
        _session.NowNs += HeldMessages.MaxWaitNs;
        Assert.Equal(PipelineStep.NeedsInput, _session.Tick());
        Assert.Empty(_session.TakeRoutes());
        _session.NowNs++;
        Assert.Equal(PipelineStep.NeedsInput, _session.Tick());

        Assert.Equal(AmbiguousPlain, _session.TakeRoutes());
        Assert.False(_session.IsHolding);
    }

    [Fact]
    public void What_waits_keeps_the_time_at_which_it_was_received()
    {
        ulong first = _session.NowNs;
        _session.Receive(_peer, Ambiguous);
        _session.NowNs += 1_000_000;
        _session.EndOfStream();

        Assert.All(_session.TakeUpdates(), record => Assert.Equal(first, record.TimeReceivedNs));
    }

    [Fact]
    public void A_Peer_Down_comes_behind_what_waited()
    {
        Up([BgpMessage.AddPath(1, 1, Receive)], [BgpMessage.AddPath(1, 1, Send)]);
        _session.TakePeerEvents();
        _session.Receive(_peer, Ambiguous);
        _session.Receive(BmpMessage.PeerDown(_peer, 4));

        Assert.Equal(AmbiguousWithIds, _session.TakeRoutes());
        Assert.Equal((PeerEventRecord.PeerDown, 1ul), _session.TakePeerEvents().Select(record => (record.Kind, record.Sequence)).Single());
    }

    [Fact]
    public void A_new_Peer_Up_comes_behind_what_waited_and_starts_anew()
    {
        Up([BgpMessage.AddPath(1, 1, Receive)], [BgpMessage.AddPath(1, 1, Send)]);
        _session.Receive(_peer, Ambiguous);
        Up([], []);
        Assert.Equal(AmbiguousWithIds, _session.TakeRoutes());
        _session.Receive(_peer, Ambiguous);
        Assert.Equal(AmbiguousPlain, _session.TakeRoutes());
    }

    [Fact]
    public void A_message_of_two_families_waits_for_both()
    {
        Up([BgpMessage.AddPath(1, 1, Both), BgpMessage.AddPath(2, 1, Both)],
            [BgpMessage.AddPath(1, 1, Both), BgpMessage.AddPath(2, 1, Both)]);
        byte[] reach = PathAttribute.MpReach(2, 1, Bytes.Address("2001:db8::9"), Nlri.WithPathId(5, "2001:db8::/32"));
        byte[] plain = Nlri.Prefixes("10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8");
        _session.Receive(_peer, BgpMessage.Update(Bytes.Join(PathAttribute.Mandatory, reach), plain));
        Assert.Empty(_session.TakeRoutes());
        _session.Receive(_peer, BgpMessage.Update(Bytes.Join(PathAttribute.OriginAndPath, reach)));
        Assert.Empty(_session.TakeRoutes());
        _session.Receive(_peer, Announce(Nlri.WithPathId(6, "203.0.113.0/24")));

        Assert.Equal([.. AmbiguousWithIds, "+2001:db8::/32#5", "+2001:db8::/32#5", "+203.0.113.0/24#6"], _session.TakeRoutes());
    }

    [Fact]
    public void Of_a_malformed_message_that_waited_the_dead_letter_has_the_bytes()
    {
        byte[] malformed = BmpMessage.RouteMonitoring(_peer, BgpMessage.Update(
            Bytes.Join(Bytes.Hex("400101 07"), PathAttribute.AsPath(65001), PathAttribute.NextHop("192.0.2.9")),
                Nlri.Prefix("203.0.113.0/24")));
        _session.Receive(malformed);
        _session.Receive(_peer, Announce(Nlri.Prefix("198.51.100.0/24")));
        _session.Receive(_peer, Announce(Nlri.Prefix("192.0.2.0/24")));

        Assert.Equal(["+203.0.113.0/24", "+198.51.100.0/24", "+192.0.2.0/24"], _session.TakeRoutes());
        Assert.Equal(malformed, Assert.Single(_session.TakeMalformed()).Message);
    }

    [Fact]
    public void A_wait_that_ends_while_another_message_has_no_room_mixes_nothing_up()
    {
        var session = RouterSession.Established(batches: Small);
        var other = new PeerHeader { Address = "192.0.2.10" };
        session.Receive(other, Ambiguous);
        string[] prefixes = [.. Enumerable.Range(0, 60).Select(i => $"203.0.{i}.0/24")];

        session.UpdateSink.KeepsBatches = true;
        int blocked = session.ReceiveBlocked(
            BmpMessage.RouteMonitoring(_peer, Announce(Nlri.Prefixes(prefixes))), () => session.NowNs += HeldMessages.MaxWaitNs);
        blocked += session.EndBlocked();

        var records = session.TakeUpdates();
        Assert.InRange(blocked, 2, int.MaxValue);
        Assert.Equal(prefixes.Select(prefix => "+" + prefix), Of(records, "192.0.2.9"));
        Assert.Equal(AmbiguousPlain, Of(records, "192.0.2.10"));
    }

    [Fact]
    public void Several_peers_whose_wait_ends_without_room_are_not_mixed_up()
    {
        var session = new RouterSession(batches: Small);
        string[] peers = ["192.0.2.10", "192.0.2.11", "192.0.2.12"];
        for (int i = 0; i < 10; i++)
        {
            foreach (string peer in peers)
                session.Receive(new PeerHeader { Address = peer },
                    Announce(Nlri.Prefixes($"{i}.0.0.0/8", $"{10 + i}.0.0.0/8", $"{20 + i}.0.0.0/8")));
        }
        session.UpdateSink.KeepsBatches = true;
        // The first peer is decided by its own messages and comes out in part; then the stream ends for all of them.
        byte[] deciding = Bytes.Join([.. Enumerable.Range(0, 3).Select(i =>
            BmpMessage.RouteMonitoring(new PeerHeader { Address = peers[0] }, Announce(Nlri.Prefix($"203.0.{i}.0/24"))))]);
        Assert.Equal(PipelineStep.NeedsSpace, session.Process(deciding, out int consumed));
        Assert.Equal(deciding.Length, consumed);
        int blocked = session.EndBlocked();

        var records = session.TakeUpdates();
        Assert.InRange(blocked, 2, int.MaxValue);
        string[] expected =
            [.. Enumerable.Range(0, 10).SelectMany(i => new[] { $"+{i}.0.0.0/8", $"+{10 + i}.0.0.0/8", $"+{20 + i}.0.0.0/8" })];
        Assert.Equal([.. expected, "+203.0.0.0/24", "+203.0.1.0/24", "+203.0.2.0/24"], Of(records, peers[0]));
        Assert.Equal(expected, Of(records, peers[1]));
        Assert.Equal(expected, Of(records, peers[2]));
        Assert.Equal(Enumerable.Range(1, records.Count).Select(i => (ulong)i), records.Select(record => record.Sequence));
    }

    [Fact]
    public void What_waits_in_a_whole_session_is_bounded()
    {
        byte[] large = BgpMessage.Update(
            Bytes.Join(PathAttribute.Mandatory, PathAttribute.Of(0xC0, 99, new byte[60_000])),
                Nlri.Prefixes("10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8"));
        int peers = 0;
        for (; _session.Counters.RecordsEmitted == 0 && peers < 1000; peers++)
            _session.Receive(new PeerHeader { Address = $"10.0.{peers / 256}.{peers % 256}" }, large);

        Assert.InRange(peers, 2, AddPathHold.MaxSessionBytes / large.Length + 1);
        Assert.Equal(3 * peers, _session.TakeRoutes().Length);
    }

    private static BatchOptions Small =>
        new() { MaxBytes = 3000, MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1, BatchesPerShard = 2 };

    private static byte[] Announce(params byte[][] nlri) => BgpMessage.Update(PathAttribute.Mandatory, Bytes.Join(nlri));

    private static byte[] Withdraw(params byte[][] withdrawn) => BgpMessage.Update([], withdrawn: Bytes.Join(withdrawn));

    private static string[] Of(IEnumerable<UpdateRecord> records, byte ribView) =>
        [.. records.Where(record => record.RibView == ribView).Select(record => record.Route)];

    private static string[] Of(IEnumerable<UpdateRecord> records, string peer) =>
        [.. records.Where(record => record.PeerAddr == peer).Select(record => record.Route)];

    private void Up(byte[][] sent, byte[][] received) => _session.PeerUp(_peer, sent, received);
}
