using System.Buffers.Binary;
using Captures.Pcap;
using Captures.Reassembly;
using Risotto.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;
using Suite.Tests.Records;

namespace Suite.Tests.Golden;

/// <summary>Passes each BMP stream of a capture to a pipeline of its own, one complete message at a time.</summary>
internal sealed class CaptureRun
{
    private readonly Dictionary<TcpFlow, StreamRun> _streams = [];
    private readonly Dictionary<Ipv6Address, RouterState> _routers = [];

    /// <summary>The streams in the order of their first packets.</summary>
    public IReadOnlyList<StreamRun> Streams => [.. _streams.Values.Where(s => s.Messages.Count > 0).OrderBy(s => s.Flow.Index)];

    public static CaptureRun Play(string file)
    {
        var run = new CaptureRun();
        using var reader = PcapReader.Open(file);
        foreach (var chunk in CapturedStreams.Read(reader))
        {
            if (!run._streams.TryGetValue(chunk.Flow, out var stream))
                run._streams.Add(chunk.Flow, stream = new StreamRun(chunk.Flow, run.Router(chunk.Flow.Source)));
            stream.Add(chunk);
        }
        Assert.True(reader.Error is null, $"{file}: {reader.Error}");
        foreach (var stream in run.Streams)
            stream.End();
        return run;
    }

    private RouterState Router(Ipv6Address address)
    {
        if (!_routers.TryGetValue(address, out var router))
            _routers.Add(address, router = new RouterState(address));
        return router;
    }
}

/// <summary>Runs one router session.</summary>
internal sealed class StreamRun
{
    private const int HeaderLength = 6, Termination = 5;

    private readonly MemorySink _sink = new();
    private readonly TopicWriter _updates, _peers, _stats, _malformed;
    private readonly RisottoPipeline _pipeline;
    private readonly List<byte> _pending = [];
    private readonly List<(int Type, int Length, ulong ReceivedNs)> _messages = [];
    private bool _isBmp = true;
    private ulong _lastNs;

    public StreamRun(TcpFlow flow, RouterState router)
    {
        Flow = flow;
        _updates = Output("updates", _sink);
        _peers = Output("peers", new DiscardSink());
        _stats = Output("stats", new DiscardSink());
        _malformed = Output("malformed", new DiscardSink());
        _pipeline = new RisottoPipeline(router, flow.SourcePort, new CollectorIdentity("golden", 1), new PipelineOptions(),
            new PipelineOutputs { Updates = _updates, Peers = _peers, Stats = _stats, Malformed = _malformed }, Counters);

        TopicWriter Output(string topic, IBatchSink sink) =>
            new(topic, new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 }, sink, TimeProvider.System,
                Accounts);
    }

    public TcpFlow Flow { get; }

    public SessionCounters Counters { get; } = new();

    /// <summary>The accounts of all four topics.</summary>
    public RecordAccounts Accounts { get; } = new();

    /// <summary>Every whole message, with its own time of receipt, which identifies the message of a record.</summary>
    public IReadOnlyList<(int Type, int Length, ulong ReceivedNs)> Messages => _messages;

    /// <summary>Returns the records of the session, as they go to Kafka.</summary>
    public byte[] Values()
    {
        foreach (var output in new[] { _updates, _peers, _stats, _malformed })
            output.CloseDue(always: true);
        return [.. _sink.Batches.SelectMany(b => b.Value.ToArray())];
    }

    public async Task<IReadOnlyList<UpdateRecord>> RecordsAsync(CancellationToken cancel) => await UpdateRecord.ReadAsync(Values(), cancel);

    public void Add(in TcpChunk chunk)
    {
        _pending.AddRange(chunk.Data.Span);
        int taken = 0;
        byte[] bytes = [.. _pending];
        while (_isBmp && bytes.Length - taken >= HeaderLength)
        {
            var rest = bytes.AsSpan(taken);
            int length = (int)BinaryPrimitives.ReadUInt32BigEndian(rest[1..]);
            _isBmp = rest[0] is 3 or 4 && length is >= HeaderLength and <= 1 << 20;
            if (!_isBmp || rest.Length < length)
                break;
            _lastNs = Math.Max(_lastNs + 1, chunk.TimeNs);
            _messages.Add((rest[5], length, _lastNs));
            var step = _pipeline.Process(rest[..length], _lastNs, out int consumed);
            // RFC 7854 4.5: a Termination is the last message of a session.
            var expected = rest[5] == Termination ? PipelineStep.Closed : PipelineStep.NeedsInput;
            Assert.True(step == expected && consumed == length,
                $"{Flow}: message {_messages.Count - 1} of {length} bytes: {step}, {consumed} consumed, {_pipeline.Error}");
            taken += length;
        }
        _pending.RemoveRange(0, taken);
    }

    public void End() => Assert.Equal(PipelineStep.NeedsInput, _pipeline.EndOfStream(_lastNs));
}
