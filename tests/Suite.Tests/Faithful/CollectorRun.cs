using System.Buffers;
using System.Text.Json;
using Captures.Pcap;
using Replay;
using Replay.Json;
using Risotto.Curate;
using Risotto.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Suite.Tests.Faithful;

/// <summary>One piece of a captured BMP session.</summary>
/// <param name="Stream">Number of the session in the capture, by its first packet.</param>
/// <param name="Resumes">The capture lost bytes before these.</param>
/// <param name="Ends">The connection ends after these.</param>
internal sealed record CapturedBytes(int Stream, string Router, ulong TimeNs, byte[] Bytes, bool Resumes, bool Ends);

/// <summary>
/// The collector with curation on, as far as these tests need it: sessions in, the records of the Updates topic out as JSON. It is the
/// only file here that knows the product's types.
/// </summary>
internal sealed class CollectorRun
{
    private readonly JsonSink _sink = new();
    private readonly PipelineOutputs _outputs;
    private readonly Curation _curation = new(new CurationOptions { StatePath = null }, seed: 0x5EED);
    private readonly Dictionary<string, RouterState> _routers = [];
    private readonly List<Session> _sessions = [];
    private ulong _epochNs = 1;

    public CollectorRun()
    {
        var options = new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 };
        _outputs = new PipelineOutputs { Updates = new TopicWriter("updates", options, _sink, TimeProvider.System) };
    }

    private sealed class Session(RisottoPipeline pipeline)
    {
        public RisottoPipeline Pipeline { get; } = pipeline;

        public byte[] Pending { get; set; } = [];

        public bool IsOpen { get; set; } = true;
    }

    /// <summary>The records until now, as a consumer has them.</summary>
    public RecordFold Records => _sink.Fold;

    /// <summary>The BMP streams of a capture file, in the order of its packets.</summary>
    public static IEnumerable<CapturedBytes> ReadCapture(string file)
    {
        using var reader = PcapReader.Open(file);
        foreach (var chunk in new CaptureTraffic(reader).Read())
        {
            string router = chunk.Flow.Source.ToString();
            yield return new CapturedBytes(chunk.Flow.Index, router, chunk.TimeNs, chunk.Data.ToArray(), chunk.Resumes, chunk.Ends);
        }
    }

    /// <summary>Forgets everything: the next stream meets a new collector.</summary>
    public void Reset()
    {
        foreach (var router in _routers.Values)
            router.Rib!.Clear();
        _routers.Clear();
        _sessions.Clear();
        _sink.Reset();
        _epochNs = 1;
    }

    /// <summary>A router connects; returns the session's number, which rises.</summary>
    public int Open(string router, ulong nowNs)
    {
        if (!_routers.TryGetValue(router, out var state))
        {
            var address = Ipv6Address.From(System.Net.IPAddress.Parse(router));
            _routers[router] = state = new RouterState(address) { Rib = _curation.NewRouter() };
        }
        var pipeline = new RisottoPipeline(state, (ushort)(40_000 + _sessions.Count), new CollectorIdentity("faithful", _epochNs),
            new PipelineOptions(), _outputs, new SessionCounters(), _curation.OpenSession(state));
        _sessions.Add(new Session(pipeline));
        Add(_sessions.Count - 1, [], nowNs);
        return _sessions.Count - 1;
    }

    /// <summary>The next bytes of a session; false: the collector has ended it.</summary>
    public bool Add(int session, ReadOnlySpan<byte> bytes, ulong nowNs)
    {
        var to = _sessions[session];
        if (!to.IsOpen)
            return false;
        ReadOnlySpan<byte> input = to.Pending.Length == 0 ? bytes : [.. to.Pending, .. bytes];
        PipelineStep step;
        do
        {
            step = to.Pipeline.Process(input, nowNs, out int consumed);
            input = input[consumed..];
        }
        while (step == PipelineStep.NeedsSpace);
        to.Pending = input.ToArray();
        if (step == PipelineStep.Closed)
            Close(session, nowNs);
        return to.IsOpen;
    }

    /// <summary>The capture lost bytes of the session.</summary>
    public void Lose(int session) => _sessions[session].Pending = [];

    /// <summary>Time has passed without a message: the service looks once a second.</summary>
    public void Tick(ulong nowNs)
    {
        for (int number = 0; number < _sessions.Count; number++)
        {
            var session = _sessions[number];
            if (session.IsOpen && session.Pipeline.MustClose)
                Close(number, nowNs);
            while (session.IsOpen && session.Pipeline.Tick(nowNs) == PipelineStep.NeedsSpace)
            {
            }
        }
    }

    /// <summary>Neither side has ended the session.</summary>
    public bool IsOpen(int session) => _sessions[session].IsOpen;

    /// <summary>The connection is gone.</summary>
    public void Close(int session, ulong nowNs)
    {
        var closed = _sessions[session];
        if (!closed.IsOpen)
            return;
        closed.IsOpen = false;
        while (closed.Pipeline.EndOfStream(nowNs) == PipelineStep.NeedsSpace)
        {
        }
        closed.Pipeline.GiveUp();
    }

    /// <summary>
    /// The collector ends and a new one begins with the state of the old one: all sessions are gone, and it has another epoch.
    /// </summary>
    public void Restart(ulong nowNs)
    {
        for (int session = 0; session < _sessions.Count; session++)
            Close(session, nowNs);
        _epochNs++;
        foreach (string router in _routers.Keys.ToList())
            _routers[router] = new RouterState(_routers[router].Address) { Rib = _routers[router].Rib };
    }

    /// <summary>Hands out what is in the open batch.</summary>
    public void Flush() => _outputs.Updates.CloseDue(always: true);

    /// <summary>Reads each record of a batch back as JSON, and gives the batch back at once.</summary>
    private sealed class JsonSink : IBatchSink
    {
        private readonly MessageReader _reader = new();
        private readonly ArrayBufferWriter<byte> _line = new(4096);

        public RecordFold Fold { get; private set; } = new();

        public void Reset() => Fold = new RecordFold();

        public void Submit(RecordBatch batch)
        {
            using var json = new Utf8JsonWriter(_line);
            for (var rest = batch.Value; !rest.IsEmpty;)
            {
                Assert.True(_reader.TryRead(rest, out var record, out int consumed), "a record cannot be read");
                _line.ResetWrittenCount();
                json.Reset();
                Assert.True(RecordJson.TryWrite(json, UpdateSchema.Update, record), "a record cannot be read");
                json.Flush();
                using var document = JsonDocument.Parse(_line.WrittenMemory);
                Fold.Add(document.RootElement);
                rest = rest[consumed..];
            }
            batch.Release();
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
