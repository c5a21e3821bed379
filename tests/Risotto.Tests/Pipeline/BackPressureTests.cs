using Risotto.Pipeline;
using Risotto.Tests.Messages;
using Shared.Records.Batch;

namespace Risotto.Tests.Pipeline;

/// <summary>
/// Random streams, sound and mutated, of several peers, some of which have to wait for their path identifiers: however the stream is
/// cut and however little room there is, the records are those of the stream taken at once.
/// </summary>
public sealed class BackPressureTests
{
    // More than a message of these streams has, damaged or not.
    private const int MostPrefixes = 1000;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 150)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Cuts_and_waits_change_nothing(int seed)
    {
        var random = new Random(seed);
        byte[] stream = Bytes.Join([.. Enumerable.Range(0, 60).Select(_ => Message(random))]);

        var whole = new RouterSession();
        var step = whole.Process(stream, out _);
        Assert.NotEqual(PipelineStep.NeedsSpace, step);
        whole.EndOfStream();

        var small = new BatchOptions
        {
            MaxBytes = random.Next(600, 6_000),
            MaxRecordBytes = PipelineOutputs.MaxRecordBytes,
            Shards = 1,
            BatchesPerShard = 1,
        };
        var cut = new RouterSession(batches: small);
        cut.UpdateSink.KeepsBatches = true;
        int start = 0, end = 0;
        for (var cutStep = PipelineStep.NeedsInput; cutStep != PipelineStep.Closed
            && (end < stream.Length || cutStep == PipelineStep.NeedsSpace);)
        {
            if (cutStep == PipelineStep.NeedsSpace)
                cut.UpdateSink.ReleaseOne();
            else
                end = Math.Min(stream.Length, end + random.Next(1, 300));
            cutStep = cut.Process(stream.AsSpan(start, end - start), out int consumed);
            start += consumed;
            // What has no room yet is the rest of the one message that waits.
            foreach (var (topic, balance) in cut.Accounts.Balances())
                Assert.InRange(balance.Unaccounted, 0, topic == "updates" && cutStep == PipelineStep.NeedsSpace ? MostPrefixes : 0);
        }
        cut.EndBlocked();

        Assert.Equal(Comparable(whole), Comparable(cut));
        Assert.Equal(whole.Counters.RecordsEmitted, cut.Counters.RecordsEmitted);
        Assert.Equal(whole.Counters.RoutesReceived, cut.Counters.RoutesReceived);
        Assert.Equal(whole.Counters.Messages, cut.Counters.Messages);
        Assert.Equal(whole.Counters.Errors, cut.Counters.Errors);
        var balances = cut.Accounts.Balances();
        Assert.All(balances.Values, balance => Assert.Equal(0, balance.Unaccounted));
        Assert.Equal(cut.Counters.RoutesReceived, balances["updates"].Decoded);
        Assert.Equal(whole.Accounts.Balances().ToDictionary(topic => topic.Key, topic => topic.Value.Decoded),
            balances.ToDictionary(topic => topic.Key, topic => topic.Value.Decoded));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_finds_no_room_before_the_end_is_counted_as_dropped(int seed)
    {
        var random = new Random(seed);
        byte[] stream = Bytes.Join([.. Enumerable.Range(0, 60).Select(_ => Message(random))]);
        var batches = new BatchOptions
        {
            MaxBytes = random.Next(600, 6_000),
            MaxRecordBytes = PipelineOutputs.MaxRecordBytes,
            Shards = 1,
            BatchesPerShard = 1,
        };
        var session = new RouterSession(batches: batches);
        session.UpdateSink.KeepsBatches = true;
        session.Process(stream, out _);
        session.EndOfStream();
        session.GiveUp();

        var balance = session.Accounts.Balances()["updates"];
        Assert.Equal(0, balance.Unaccounted);
        Assert.Equal(session.Counters.RoutesReceived, balance.Decoded);
        Assert.Equal(session.Counters.RoutesReceived - session.Counters.RecordsEmitted,
            balance.Dropped.GetValueOrDefault("session_aborted"));
    }

    private static string Comparable(RouterSession session) => string.Join('\n',
        Convert.ToHexString(session.TakeUpdateBytes()),
        string.Join(' ',
            session.TakeMalformed()
                .Select(letter => $"{letter.Error}@{letter.Offset}/{letter.Sequence}:{Convert.ToHexString(letter.Message)}")),
        string.Join(' ', session.TakePeerEvents().Select(record => $"{record.Kind}/{record.Sequence}")));

    private static byte[] Message(Random random)
    {
        var header = new PeerHeader { Address = $"192.0.2.{random.Next(4)}", Flags = (byte)(random.Next(2) * PeerHeader.L) };
        byte[] message = random.Next(12) switch
        {
            0 => BmpMessage.PeerUp(header, Open(random, 65000, 1), Open(random, 65001, 2)),
            1 => BmpMessage.PeerDown(header, 4),
            2 => BmpMessage.StatisticsReport(header, BmpMessage.Tlv(0, 0, 0, 0, 1)),
            _ => BmpMessage.RouteMonitoring(header, Update(random)),
        };
        // One message in four is damaged, behind the common header that frames it.
        for (int i = random.Next(4) == 0 ? random.Next(1, 6) : 0; i > 0; i--)
            message[random.Next(6, message.Length)] = (byte)random.Next(256);
        return message;
    }

    private static byte[] Open(Random random, uint asNumber, byte direction) => BgpMessage.Open(
        asNumber, capabilities: random.Next(2) == 0 ? [BgpMessage.FourOctetAs(asNumber)] : [BgpMessage.AddPath(1, 1, direction)]);

    private static byte[] Update(Random random)
    {
        byte[] attributes = Bytes.Join(PathAttribute.Mandatory, PathAttribute.Of(0xC0, 8, new byte[4 * random.Next(1, 20)]));
        byte[] plain = Bytes.Join([.. Enumerable.Range(0, random.Next(1, 30)).Select(i => Nlri.Prefix($"203.0.{i}.0/24"))]);
        return random.Next(5) switch
        {
            0 => BgpMessage.Update(attributes, plain, plain),
            1 =>
                BgpMessage.Update(attributes,
                    Bytes.Join([.. Enumerable.Range(0, 20).Select(i => Nlri.WithPathId((uint)i, "198.51.100.0/24"))])),
            2 => BgpMessage.Update(attributes, Nlri.Prefixes("10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8")),
            3 => BgpMessage.Update(Bytes.Join(attributes, PathAttribute.MpReach(1, 4, Bytes.Address("192.0.2.9"),
                [.. Enumerable.Range(0, 10).Select(i => Nlri.Labelled(Nlri.Label(i + 16, true), [], $"203.0.{i}.0/24"))]))),
            _ => BgpMessage.Update(Bytes.Join(attributes, PathAttribute.MpReach(2, 1, Bytes.Address("2001:db8::9"),
                [.. Enumerable.Range(0, 10).Select(i => Nlri.Prefix($"2001:db8:{i}::/48"))]),
                    PathAttribute.MpUnreach(2, 1, Nlri.Prefix("2001:db8::/32")))),
        };
    }
}
