using Captures.Pcap;
using Captures.Reassembly;
using Replay;
using Replay.Decode;
using Risotto;
using Risotto.Pipeline;
using Shared.Hosting.Service;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;

namespace Demo;

/// <summary>Counts the records of a BMP capture with the collector's pipeline in memory, without socket and Kafka.</summary>
internal sealed class ExpectedRecords : IBatchSink
{
    private readonly Dictionary<string, long> _records = [];

    /// <param name="capture">The capture, which the demo also sends. After lost bytes, a stream continues as a session of its own.</param>
    /// <param name="options">The topics, and the options that change the output.</param>
    /// <param name="speed">The speed, which decides how long messages wait for a decision about path identifiers.</param>
    /// <returns>The number of records by topic.</returns>
    /// <exception cref="StartupException">The capture cannot be read.</exception>
    public static IReadOnlyDictionary<string, long> Count(BundledCapture capture, RisottoOptions options, PlaySpeed speed)
    {
        var sink = new ExpectedRecords();
        var outputs = new PipelineOutputs
        {
            Updates = sink.Output(options.UpdatesTopic)!,
            Peers = sink.Output(options.PeersTopic),
            Stats = sink.Output(options.StatsTopic),
            Malformed = sink.Output(options.MalformedTopic),
        };
        using var file = File.OpenRead(capture.Path);
        using var reader = new PcapReader(file);
        var sessions = new Dictionary<TcpFlow, CapturedSession>();
        ulong? beganNs = null;
        ulong nowNs = 0;
        foreach (var chunk in new CaptureTraffic(reader).Read())
        {
            beganNs ??= chunk.TimeNs;
            nowNs = (ulong)((chunk.TimeNs - beganNs.Value) / speed.Factor);
            if (chunk.Resumes && sessions.Remove(chunk.Flow, out var broken))
                broken.End(nowNs);
            if (!sessions.TryGetValue(chunk.Flow, out var session) && !chunk.Data.IsEmpty)
                sessions.Add(chunk.Flow, session = Open());
            session?.Add(chunk.Data.Span, nowNs);
            if (chunk.Ends && sessions.Remove(chunk.Flow))
                session!.End(nowNs);
        }
        foreach (var session in sessions.Values)
            session.End(nowNs);
        return reader.Error is { } fault ? throw new StartupException($"{capture.Path}: {fault}") : sink._records;

        CapturedSession Open()
        {
            var counters = new SessionCounters();
            var pipeline = new RisottoPipeline(
                new RouterState(default(Ipv6Address)), 0, new CollectorIdentity(options.CollectorId, 0), options.Pipeline, outputs,
                counters);
            var session = new CapturedSession(pipeline, counters, Flush);
            session.Begin(nowNs);
            return session;
        }

        void Flush()
        {
            foreach (var output in new[] { outputs.Updates, outputs.Peers, outputs.Stats, outputs.Malformed })
                output?.CloseDue(always: true);
        }
    }

    public void Submit(RecordBatch batch)
    {
        _records[batch.Topic] += batch.Records;
        batch.Release();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private TopicWriter? Output(string? topic)
    {
        if (topic is null)
            return null;
        _records.Add(topic, 0);
        var batches = new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 };
        return new TopicWriter(topic, batches, this, TimeProvider.System);
    }
}
