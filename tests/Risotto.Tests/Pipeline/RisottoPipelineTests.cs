using Risotto.Decode.Bmp;
using Risotto.Frame;
using Risotto.Pipeline;
using Risotto.Tests.Messages;
using Shared.Records.Batch;

namespace Risotto.Tests.Pipeline;

public sealed class RisottoPipelineTests
{
    private const byte Termination = 5;

    private static readonly PeerHeader Peer = new();

    private static byte[] Announcement => BmpMessage.RouteMonitoring(
        Peer, BgpMessage.Update(PathAttribute.Mandatory, Nlri.Prefixes("203.0.113.0/24", "198.51.100.0/24")));

    // Every message type once.
    private static byte[][] EveryType =>
    [
        BmpMessage.Initiation(BmpMessage.Tlv(2, "r1"u8.ToArray())),
        BmpMessage.PeerUp(Peer, BgpMessage.Open(65000), BgpMessage.Open(65001), BmpMessage.Tlv(0, "up"u8.ToArray())),
        Announcement,
        BmpMessage.StatisticsReport(Peer, BmpMessage.Tlv(0, 0, 0, 0, 1), BmpMessage.Tlv(7, Bytes.UInt64(2))),
        BmpMessage.RouteMirroring(Peer, BmpMessage.Tlv(0, BgpMessage.Message(BgpMessage.KeepAliveType))),
        BmpMessage.PeerDown(Peer, 1, BgpMessage.Message(BgpMessage.NotificationType, [6, 2])),
        BmpMessage.Termination(BmpMessage.Tlv(1, 0, 0)),
    ];

    [Fact]
    public void All_seven_message_types_are_counted_and_none_is_malformed()
    {
        var session = new RouterSession();
        session.ReceiveToTheEnd(EveryType);

        for (int type = 0; type < 7; type++)
            Assert.Equal(1, session.Counters[(MessageType)type]);
        Assert.Empty(session.Counters.Errors);
        Assert.Equal(["+203.0.113.0/24", "+198.51.100.0/24"], session.TakeRoutes());
        Assert.Equal([4, 2, 0, 1, 3], session.TakePeerEvents().Select(record => (int)record.Kind));
        Assert.Equal([0, 7], session.TakeStatistics().Select(record => (int)record.StatType));
    }

    [Fact]
    public void Any_cut_of_the_stream_makes_the_same_records()
    {
        byte[] stream = Bytes.Join(EveryType);
        for (int cut = 0; cut < stream.Length; cut++)
        {
            var session = new RouterSession();
            Assert.Equal(PipelineStep.NeedsInput, session.Process(stream.AsSpan(0, cut), out int consumed));
            Assert.InRange(consumed, 0, cut);
            session.ReceiveToTheEnd(stream[consumed..]);
            Assert.Equal(["+203.0.113.0/24", "+198.51.100.0/24"], session.TakeRoutes());
            Assert.Equal(7, session.Counters.Messages);
            Assert.Empty(session.Counters.Errors);
        }
    }

    // The length of the common header is that of what is left: the message itself is cut, not the stream.
    [Fact]
    public void A_message_cut_at_any_byte_harms_nothing_but_itself()
    {
        foreach (byte[] message in EveryType.Where(message => message[5] != Termination))
        {
            for (int length = 6; length < message.Length; length++)
            {
                var session = RouterSession.Established();
                byte[] cut = Bytes.Join([3], Bytes.UInt32((uint)length), message[5..length]);
                session.Receive(cut, Announcement);
                session.EndOfStream();

                Assert.Equal(1 + 1 + 1, session.Counters.Messages);
                Assert.Equal(session.Counters.Errors.Sum(error => error.Count), session.TakeMalformed().Count);
                Assert.True(session.Counters.Errors.Any() != IsSoundWhenCut(message[5], length), $"type {message[5]} cut to {length}");
                Assert.Equal(["+203.0.113.0/24", "+198.51.100.0/24"], session.TakeRoutes());
            }
        }
    }

    [Fact]
    public void The_dead_letter_of_a_cut_message_has_its_bytes_and_an_offset_inside()
    {
        foreach (byte[] message in EveryType)
        {
            for (int length = 6; length < message.Length; length++)
            {
                var session = RouterSession.Established();
                byte[] cut = Bytes.Join([3], Bytes.UInt32((uint)length), message[5..length]);
                Assert.Equal(
                    message[5] == Termination ? PipelineStep.Closed : PipelineStep.NeedsInput, session.Process(cut, out int consumed));
                Assert.Equal(cut.Length, consumed);
                foreach (var letter in session.TakeMalformed())
                {
                    Assert.Equal(cut, letter.Message);
                    Assert.InRange(letter.Offset, 5u, (uint)cut.Length);
                    Assert.Equal(letter.Error == "peer_down_truncated" ? 1 : 3, letter.Action);
                    Assert.Equal(("2001:db8::1", 40_000, "coreams01"), (letter.RouterAddr, letter.RouterPort, letter.CollectorId));
                }
            }
        }
    }

    [Theory]
    [InlineData("03 00000005 04", "bmp_length_too_short")]
    [InlineData("03 00100001 04", "bmp_length_too_long")]
    [InlineData("16 03010200", "bmp_version_unknown")]
    public void A_stream_without_framing_closes_the_session(string input, string reason)
    {
        var session = RouterSession.Established();
        byte[] bytes = Bytes.Join(Announcement, Bytes.Hex(input));

        Assert.Equal(PipelineStep.Closed, session.Process(bytes, out int consumed));

        Assert.Equal(Announcement.Length, consumed);
        Assert.Equal(reason, session.Error.Code.Reason());
        Assert.Equal([(reason, 1L)], session.Counters.Errors);
        Assert.Equal(2, session.TakeRoutes().Length);
        var letter = Assert.Single(session.TakeMalformed());
        Assert.Equal(4, letter.Action);
        Assert.Equal(Bytes.Hex(input), letter.Message);
    }

    [Theory]
    [InlineData("04 00000006 00", "per_peer_header_truncated")]
    [InlineData("03 00000006 07", "bmp_type_unknown")]
    [InlineData("03 00000006 FF", "bmp_type_unknown")]
    public void An_unknown_message_is_skipped(string message, string reason)
    {
        var session = RouterSession.Established();
        session.Receive(Bytes.Hex(message), Announcement);

        Assert.Equal([(reason, 1L)], session.Counters.Errors);
        Assert.Equal(2, session.TakeRoutes().Length);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(100)]
    [InlineData(255)]
    public void A_peer_type_that_is_not_known_is_skipped(byte type)
    {
        var session = RouterSession.Established();
        session.Receive(Peer with { Type = type }, BgpMessage.Update(PathAttribute.Mandatory, Nlri.Prefix("203.0.113.0/24")));

        Assert.Empty(session.TakeRoutes());
        Assert.Equal([("peer_type_unknown", 1L)], session.Counters.Errors);
    }

    [Fact]
    public void Without_room_for_updates_everything_comes_once_and_in_order()
    {
        var small = new BatchOptions { MaxBytes = 2_000, MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1, BatchesPerShard = 1 };
        var session = RouterSession.Established(batches: small);
        session.UpdateSink.KeepsBatches = true;
        string[] prefixes = [.. Enumerable.Range(0, 100).Select(i => $"203.0.{i}.0/24")];
        byte[] update = BgpMessage.Update(PathAttribute.Mandatory, Nlri.Prefixes(prefixes), Nlri.Prefixes(prefixes));
        byte[] labelled = BgpMessage.Update(Bytes.Join(PathAttribute.OriginAndPath, PathAttribute.MpReach(
            1, 4, Bytes.Address("192.0.2.9"), [.. prefixes.Select(prefix => Nlri.Labelled(Nlri.Label(16, true), [], prefix))])));

        int blocked = session.ReceiveBlocked(Bytes.Join(
            BmpMessage.RouteMonitoring(Peer, update), BmpMessage.RouteMonitoring(Peer, labelled), BmpMessage.PeerDown(Peer, 4)));

        Assert.InRange(blocked, 10, int.MaxValue);
        var records = session.TakeUpdates();
        string[] announced = [.. prefixes.Select(prefix => "+" + prefix)];
        Assert.Equal([.. prefixes.Select(prefix => "-" + prefix), .. announced, .. announced], records.Select(record => record.Route));
        Assert.Equal(Enumerable.Range(1, 300).Select(i => (ulong)i), records.Select(record => record.Sequence));
        Assert.Equal(3 + 1, session.Counters.Messages);
        Assert.Equal(300, session.Counters.RoutesReceived);
        Assert.Equal(300, session.Counters.RecordsEmitted);
    }

    [Fact]
    public void Received_records_are_emitted_records()
    {
        var session = RouterSession.Established();
        session.Receive(Peer, BgpMessage.Update(Bytes.Hex("400101 05"), Nlri.Prefixes("203.0.113.0/24", "198.51.100.0/24")));
        session.Receive(Announcement);
        Assert.Equal(4, session.Counters.RoutesReceived);
        Assert.Equal(4, session.Counters.RecordsEmitted);
        Assert.Equal(4, session.TakeUpdates().Count);
    }

    [Fact]
    public void Bytes_behind_the_BGP_message_are_skipped_and_counted()
    {
        var session = RouterSession.Established();
        session.Receive(
            BmpMessage.Message(0, Peer.Bytes, BgpMessage.Update(PathAttribute.Mandatory, Nlri.Prefix("203.0.113.0/24")), [1, 2, 3]));

        Assert.Equal(["+203.0.113.0/24"], session.TakeRoutes());
        Assert.Equal([("octets_after_bgp_message", 1L)], session.Counters.Skipped);
    }

    [Fact]
    public void Routes_and_events_of_a_router_stand_in_one_order()
    {
        var session = new RouterSession();
        session.ReceiveToTheEnd(EveryType);
        session.EndOfStream();

        Assert.Equal(
            [(4, 0ul), (2, 0ul), (0, 0ul), (1, 2ul), (3, 2ul), (5, 2ul)],
            session.TakePeerEvents().Select(record => ((int)record.Kind, record.Sequence)));
        Assert.Equal([1ul, 2ul], session.TakeUpdates().Select(record => record.Sequence));
        Assert.All(session.TakeStatistics(), record => Assert.Equal(2ul, record.Sequence));
    }

    // RFC 7854 4.5: it is the last message of a session.
    [Theory]
    [InlineData("0001 0002 0000")]
    [InlineData("0000 0003 627965 0001 0002 0001")]
    [InlineData("")]
    [InlineData("0001 0002 00")]
    [InlineData("0001")]
    public void Nothing_after_a_Termination_is_taken(string information)
    {
        var session = RouterSession.Established();
        byte[] termination = BmpMessage.Message(Termination, Bytes.Hex(information));

        var step = session.Process(Bytes.Join(Announcement, termination, Announcement), out int consumed);

        Assert.Equal((PipelineStep.Closed, Announcement.Length + termination.Length), (step, consumed));
        Assert.Equal(PipelineStep.Closed, session.Process(Announcement, out consumed));
        Assert.Equal(0, consumed);
        Assert.Equal(PipelineStep.NeedsInput, session.EndOfStream());
        Assert.Equal(["+203.0.113.0/24", "+198.51.100.0/24"], session.TakeRoutes());
        Assert.Equal(1, session.Counters[MessageType.TerminationMessage]);
    }

    // TLVs end with the message, wherever that is between two of them; a Peer Down's NOTIFICATION may be missing.
    private static bool IsSoundWhenCut(byte type, int length) => type switch
    {
        4 or 5 => length == 6,
        1 => length is 52 or 60,
        2 => length == 49,
        3 => length == 48 + 20 + 29 + 29,
        6 => length == 48,
        _ => false,
    };
}
