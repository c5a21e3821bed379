using System.Diagnostics.CodeAnalysis;
using Risotto.Frame;
using Risotto.Pipeline;
using Risotto.Tests.Messages;
using Risotto.Tests.Records;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;

namespace Risotto.Tests.Pipeline;

/// <summary>One router's stream through the pipeline, with all four topics in memory.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The sinks hold memory only")]
internal sealed class RouterSession
{
    public const ulong EpochNs = 1_699_999_999_000_000_000;

    private readonly RisottoPipeline _pipeline;
    private readonly TopicWriter _updates, _peers, _stats, _malformed;
    private readonly RecordSink _peerSink = new(), _statSink = new(), _malformedSink = new();

    public RouterSession(PipelineOptions? options = null, BatchOptions? batches = null)
    {
        batches ??= new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 };
        _updates = new TopicWriter("updates", batches, UpdateSink, TimeProvider.System, Accounts);
        _peers = new TopicWriter("peers", batches, _peerSink, TimeProvider.System, Accounts);
        _stats = new TopicWriter("stats", batches, _statSink, TimeProvider.System, Accounts);
        _malformed = new TopicWriter("malformed", batches, _malformedSink, TimeProvider.System, Accounts);
        Router = new RouterState(Ipv6Address.From(System.Net.IPAddress.Parse("2001:db8::1")));
        _pipeline = new RisottoPipeline(
            Router, 40_000, new CollectorIdentity("coreams01", EpochNs), options ?? new PipelineOptions(),
            new PipelineOutputs { Updates = _updates, Peers = _peers, Stats = _stats, Malformed = _malformed }, Counters);
    }

    public RouterState Router { get; }

    public SessionCounters Counters { get; } = new();

    /// <summary>Of all four topics.</summary>
    public RecordAccounts Accounts { get; } = new();

    public RecordSink UpdateSink { get; } = new();

    public BmpError Error => _pipeline.Error;

    public bool IsHolding => _pipeline.IsHolding;

    public ulong NowNs { get; set; } = 1_700_000_000_123_456_789;

    /// <summary>A session whose peer (of the given header) is up without ADD-PATH, as an eBGP peer of AS 65000.</summary>
    public static RouterSession Established(PeerHeader? header = null, PipelineOptions? options = null, BatchOptions? batches = null)
    {
        var session = new RouterSession(options, batches);
        session.PeerUp(header ?? new PeerHeader());
        session.TakePeerEvents();
        return session;
    }

    /// <summary>A Peer Up of AS 65000's session with the header's AS; both have 4-byte AS numbers.</summary>
    public void PeerUp(PeerHeader header, byte[][]? sent = null, byte[][]? received = null, uint localAs = 65000) =>
        Receive(BmpMessage.PeerUp(
        header,
        BgpMessage.Open(localAs, capabilities: [BgpMessage.FourOctetAs(localAs), .. sent ?? []]),
        BgpMessage.Open(header.As, capabilities: [BgpMessage.FourOctetAs(header.As), .. received ?? []])));

    /// <summary>Hands the messages over in one piece; all of them must be taken.</summary>
    public void Receive(params byte[][] messages)
    {
        byte[] input = Bytes.Join(messages);
        Assert.Equal(PipelineStep.NeedsInput, Process(input, out int consumed));
        Assert.Equal(input.Length, consumed);
    }

    /// <summary>The same where the last message ends the session.</summary>
    public void ReceiveToTheEnd(params byte[][] messages)
    {
        byte[] input = Bytes.Join(messages);
        Assert.Equal(PipelineStep.Closed, Process(input, out int consumed));
        Assert.Equal((input.Length, PipelineEnd.Terminated), (consumed, _pipeline.End));
    }

    public void Receive(PeerHeader header, byte[] update) => Receive(BmpMessage.RouteMonitoring(header, update));

    public PipelineStep Process(ReadOnlySpan<byte> input, out int consumed) => _pipeline.Process(input, NowNs, out consumed);

    /// <summary>
    /// Hands the messages over while the updates topic gives its batches back one by one, and only when the pipeline waits for
    /// one; <paramref name="whileBlocked"/> happens each time it does.
    /// </summary>
    public int ReceiveBlocked(byte[] input, Action? whileBlocked = null)
    {
        int blocked = 0;
        for (int at = 0; at < input.Length; blocked++)
        {
            var step = Process(input.AsSpan(at), out int consumed);
            at += consumed;
            if (step == PipelineStep.NeedsInput)
                break;
            Assert.Equal(PipelineStep.NeedsSpace, step);
            whileBlocked?.Invoke();
            UpdateSink.ReleaseOne();
        }
        return blocked;
    }

    /// <summary>The same for what is left to do at the end of the stream.</summary>
    public int EndBlocked()
    {
        int blocked = 0;
        for (; EndOfStream() == PipelineStep.NeedsSpace; blocked++)
            UpdateSink.ReleaseOne();
        return blocked;
    }

    public PipelineStep Tick() => _pipeline.Tick(NowNs);

    public PipelineStep EndOfStream() => _pipeline.EndOfStream(NowNs);

    public void GiveUp() => _pipeline.GiveUp();

    public List<UpdateRecord> TakeUpdates() => Take(_updates, UpdateSink, record => new UpdateRecord(record));

    public UpdateRecord TakeUpdate() => Assert.Single(TakeUpdates());

    /// <summary>The routes since the last call, in order: <see cref="UpdateRecord.Route"/>.</summary>
    public string[] TakeRoutes() => [.. TakeUpdates().Select(record => record.Route)];

    public List<PeerEventRecord> TakePeerEvents() => Take(_peers, _peerSink, record => new PeerEventRecord(record));

    public List<StatisticRecord> TakeStatistics() => Take(_stats, _statSink, record => new StatisticRecord(record));

    public List<MalformedRecord> TakeMalformed() => Take(_malformed, _malformedSink, record => new MalformedRecord(record));

    /// <summary>The updates written so far, as they go to Kafka.</summary>
    public byte[] TakeUpdateBytes()
    {
        _updates.CloseDue(always: true);
        byte[] bytes = UpdateSink.Bytes.ToArray();
        UpdateSink.Bytes.SetLength(0);
        return bytes;
    }

    private static List<T> Take<T>(TopicWriter output, RecordSink sink, RecordSink.Reading<T> read)
    {
        output.CloseDue(always: true);
        return sink.Take(read);
    }
}
