using System.Text.Json;
using Pesto.Decode;
using Pesto.Frame;
using Pesto.Pipeline;
using Pesto.State;
using Prometheus;
using Shared.Records.Batch;

namespace Pesto.Telemetry;

/// <summary>
/// Declares every metric of the collector. Sockets and pipeline count into plain numbers; a scrape publishes them here. The label of an
/// exporter is the source address of its datagrams, which anyone can forge, so the number of exporters with a series of their own is
/// limited.
/// </summary>
internal sealed class PestoMetrics
{
    private readonly Lock _gate = new();
    private readonly RecordAccounts _accounts;
    private readonly string _flowsTopic;
    private readonly Func<PipelineCounters> _pipeline;
    private readonly Func<IReadOnlyList<SocketCounters>> _sockets;
    private readonly int _maxExporters;
    private readonly HashSet<string> _exporters = [];

    private readonly Counter _received, _receivedBytes, _drops, _queueDrops, _refused, _failed, _receiveErrors, _byExporter, _records;
    private readonly Counter _datagrams, _samples, _samplesReceived, _samplesByKind, _skipped, _errors;
    private readonly Counter _gaps, _steps, _sampleDrops, _untracked;
    private readonly Gauge _buffer, _agents;

    /// <param name="registry">The service's own registry.</param>
    /// <param name="accounts">Knows which records Kafka has acknowledged.</param>
    /// <param name="flowsTopic">The topic of the flow records.</param>
    /// <param name="maxExporters">Exporters that have a series of their own.</param>
    /// <param name="pipeline">Returns the pipeline's counters at each scrape.</param>
    /// <param name="sockets">Returns the counters of each socket at each scrape.</param>
    public PestoMetrics(
        CollectorRegistry registry, RecordAccounts accounts, string flowsTopic, int maxExporters, Func<PipelineCounters> pipeline,
        Func<IReadOnlyList<SocketCounters>> sockets)
    {
        (_accounts, _flowsTopic, _maxExporters, _pipeline, _sockets) = (accounts, flowsTopic, maxExporters, pipeline, sockets);
        var metrics = Metrics.WithCustomRegistry(registry);
        _datagrams = metrics.CreateCounter("pesto_sflow_datagrams_total", "Datagrams that the pipeline has read.", "status");
        _samples = metrics.CreateCounter("pesto_sflow_samples_total", "Samples of every kind in datagrams that could be read.");
        _samplesReceived = metrics.CreateCounter("pesto_sflow_samples_received_total", "Flow and counter samples.", "type");
        _records = metrics.CreateCounter("pesto_sflow_records_total", "Flow records that were delivered.");
        _received = metrics.CreateCounter(
            "pesto_socket_datagrams_total",
            "Datagrams read from the socket: those of pesto_sflow_datagrams_total, refused, dropped because no batch was free, and failed.",
            "socket");
        _receivedBytes = metrics.CreateCounter("pesto_socket_octets_total", "Bytes of these datagrams.", "socket");
        _drops = metrics.CreateCounter(
            "pesto_socket_drops_total", "Datagrams that the kernel dropped because the socket's receive buffer was full.", "socket");
        _receiveErrors = metrics.CreateCounter(
            "pesto_socket_errors_total", "The number of times that the system refused to read from the socket.", "socket");
        _buffer = metrics.CreateGauge("pesto_socket_receive_buffer_bytes", "Receive buffer that the kernel gives to the socket.", "socket");
        _queueDrops = metrics.CreateCounter(
            "pesto_queue_drops_total", "Datagrams dropped because their shard had no free batch.");
        _refused = metrics.CreateCounter("pesto_refused_total", "Datagrams that the pipeline has not read, by reason.", "reason");
        _failed = metrics.CreateCounter("pesto_datagrams_failed_total", "Datagrams lost to a fault of the collector itself.");
        _byExporter = metrics.CreateCounter(
            "pesto_exporter_datagrams_total",
            "Datagrams by source address, which a sender can forge; exporters beyond the limit count as other.", "exporter");
        _samplesByKind = metrics.CreateCounter(
            "pesto_sflow_samples_by_kind_total", "Samples by kind; only flow samples make records.", "kind");
        _skipped = metrics.CreateCounter("pesto_sflow_flows_skipped_total", "Flow samples that make no record, by reason.", "reason");
        _errors = metrics.CreateCounter("pesto_sflow_errors_total", "Faults in datagrams, samples and records, by reason.", "reason");
        _gaps = metrics.CreateCounter(
            "pesto_sflow_sequence_gaps_total",
            "Datagrams missing by the agents' sequence numbers when a later one came; those that come later are counted in " +
            "pesto_sflow_sequence_out_of_order_total{kind=\"late\"}.");
        _steps = metrics.CreateCounter(
            "pesto_sflow_sequence_out_of_order_total",
            "Datagrams that were not the next of their agent: late, duplicate, or the first after a restart.", "kind");
        _sampleDrops = metrics.CreateCounter(
            "pesto_sflow_sample_drops_total", "Samples that agents report as lost for lack of resources.");
        _agents = metrics.CreateGauge("pesto_sflow_agents", "Agents whose sequence numbers Pesto follows.");
        _untracked = metrics.CreateCounter(
            "pesto_sflow_agents_untracked_total", "Datagrams of agents beyond the limit, which Pesto does not follow.");
        registry.AddBeforeCollectCallback(Publish);
    }

    private void Publish()
    {
        lock (_gate)
        {
            var counters = _sockets();
            for (int i = 0; i < counters.Count; i++)
                Publish(counters[i], $"{i}");
            _queueDrops.IncTo(counters.Sum(counter => Volatile.Read(ref counter.QueueFull)));
            _failed.IncTo(counters.Sum(counter => Volatile.Read(ref counter.Failed)));
            _refused.WithLabels("not_allowed").IncTo(counters.Sum(counter => Volatile.Read(ref counter.NotAllowed)));
            _refused.WithLabels("empty").IncTo(counters.Sum(counter => Volatile.Read(ref counter.Empty)));
            PublishExporters(counters.SelectMany(counter => counter.Exporters));
            Publish(_pipeline());
            _records.IncTo(_accounts.Balances().TryGetValue(_flowsTopic, out var balance) ? balance.Acked : 0);
        }
    }

    private void Publish(PipelineCounters counters)
    {
        _datagrams.WithLabels("success").IncTo(counters.Success);
        _datagrams.WithLabels("parse_error").IncTo(counters.ParseErrors);
        _samples.IncTo(counters.Samples);
        _samplesReceived.WithLabels("flow").IncTo(counters.FlowSamples);
        _samplesReceived.WithLabels("counter").IncTo(counters.CounterSamples);
        foreach (var kind in Enum.GetValues<SampleKind>())
            _samplesByKind.WithLabels(Label(kind)).IncTo(counters[kind]);
        foreach (var skip in Enum.GetValues<FlowSkip>().Where(skip => skip != FlowSkip.None))
            _skipped.WithLabels(Label(skip)).IncTo(counters[skip]);
        foreach (var error in Enum.GetValues<SFlowError>().Where(error => error != SFlowError.None))
            _errors.WithLabels(Label(error)).IncTo(counters[error]);
        foreach (var step in Enum.GetValues<SequenceStep>().Where(step => step != SequenceStep.Next))
            _steps.WithLabels(Label(step)).IncTo(counters[step]);
        _gaps.IncTo(counters.SequenceGaps);
        _sampleDrops.IncTo(counters.SampleDrops);
        _agents.Set(counters.Agents);
        _untracked.IncTo(counters.AgentsUntracked);
    }

    private static string Label<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private void Publish(SocketCounters counters, string socket)
    {
        _received.WithLabels(socket).IncTo(Volatile.Read(ref counters.Datagrams));
        _receivedBytes.WithLabels(socket).IncTo(Volatile.Read(ref counters.Bytes));
        _drops.WithLabels(socket).IncTo(Volatile.Read(ref counters.DroppedByKernel));
        _receiveErrors.WithLabels(socket).IncTo(Volatile.Read(ref counters.ReceiveErrors));
        _buffer.WithLabels(socket).Set(counters.BufferBytes);
    }

    // Each socket has a limit of its own, and all sockets together have the same limit. An exporter that has a series keeps it.
    private void PublishExporters(IEnumerable<ExporterCount> exporters)
    {
        var sums = new Dictionary<string, long> { ["other"] = 0 };
        foreach (var exporter in exporters)
        {
            string label = exporter.Address.IsUnspecified ? "other" : exporter.Address.ToString();
            if (label != "other" && !_exporters.Contains(label) && (_exporters.Count >= _maxExporters || !_exporters.Add(label)))
                label = "other";
            sums[label] = sums.GetValueOrDefault(label) + Volatile.Read(ref exporter.Datagrams);
        }
        foreach (var (label, count) in sums)
            _byExporter.WithLabels(label).IncTo(count);
    }
}
