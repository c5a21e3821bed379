using System.Text.Json;
using Pesto.Decode;
using Pesto.Frame;
using Pesto.Listen;
using Pesto.Pipeline;
using Pesto.State;
using Prometheus;
using Shared.Records.Batch;

namespace Pesto.Telemetry;

/// <summary>
/// Every metric of the collector. Sockets and pipeline count into plain numbers of their own, which are published here when a
/// scrape asks. Exporters are labelled with their address as the datagrams say it, which anyone can forge: so many and no more.
/// </summary>
internal sealed class PestoMetrics
{
    private readonly Lock _gate = new();
    private readonly RecordAccounts _accounts;
    private readonly string _flowsTopic;
    private readonly Func<IReadOnlyList<ReceiveLoop>> _loops;
    private readonly int _maxExporters;
    private readonly HashSet<string> _exporters = [];

    private readonly Counter _received, _octets, _drops, _queueDrops, _refused, _failed, _receiveErrors, _byExporter, _records, _datagrams, _samples, _samplesReceived,
        _samplesByKind, _skipped, _errors, _gaps, _steps, _sampleDrops, _untracked;
    private readonly Gauge _buffer, _agents;
    private readonly Func<PestoCounters> _pipeline;

    /// <param name="registry">The service's own.</param>
    /// <param name="options">Names the topic, and says how many exporters have series.</param>
    /// <param name="accounts">Knows which records have arrived.</param>
    /// <param name="pipeline">What it has counted, asked for at each scrape.</param>
    /// <param name="loops">The sockets' threads, asked for at each scrape.</param>
    public PestoMetrics(CollectorRegistry registry, PestoOptions options, RecordAccounts accounts, Func<PestoCounters> pipeline, Func<IReadOnlyList<ReceiveLoop>> loops)
    {
        _accounts = accounts;
        _flowsTopic = options.FlowsTopic;
        _pipeline = pipeline;
        _loops = loops;
        _maxExporters = options.MetricsMaxExporters;
        var metrics = Metrics.WithCustomRegistry(registry);
        _datagrams = metrics.CreateCounter("pesto_sflow_datagrams_total", "Datagrams looked into.", "status");
        _samples = metrics.CreateCounter("pesto_sflow_samples_total", "Samples of every kind in datagrams that could be read.");
        _samplesReceived = metrics.CreateCounter("pesto_sflow_samples_received_total", "Flow and counter samples.", "type");
        _records = metrics.CreateCounter("pesto_sflow_records_total", "Flow records that were delivered.");
        _received = metrics.CreateCounter("pesto_socket_datagrams_total", "Datagrams read from the socket: those of pesto_sflow_datagrams_total, refused, dropped for want of room, and failed.", "socket");
        _octets = metrics.CreateCounter("pesto_socket_octets_total", "Octets of these datagrams.", "socket");
        _drops = metrics.CreateCounter("pesto_socket_drops_total", "Datagrams that the kernel dropped because the socket's receive buffer was full.", "socket");
        _receiveErrors = metrics.CreateCounter("pesto_socket_errors_total", "Times that the system refused to read from the socket.", "socket");
        _buffer = metrics.CreateGauge("pesto_socket_receive_buffer_bytes", "Receive buffer that the kernel gives to the socket.", "socket");
        _queueDrops = metrics.CreateCounter("pesto_queue_drops_total", "Datagrams dropped because every batch of their shard was under way.");
        _refused = metrics.CreateCounter("pesto_refused_total", "Datagrams that were not looked into, by reason.", "reason");
        _failed = metrics.CreateCounter("pesto_datagrams_failed_total", "Datagrams lost to a fault of the collector itself.");
        _byExporter = metrics.CreateCounter("pesto_exporter_datagrams_total", "Datagrams by source address, which nothing proves; those of further exporters as other.", "exporter");
        _samplesByKind = metrics.CreateCounter("pesto_sflow_samples_by_kind_total", "Samples by what they are; only flow samples make records.", "kind");
        _skipped = metrics.CreateCounter("pesto_sflow_flows_skipped_total", "Flow samples that make no record, by reason.", "reason");
        _errors = metrics.CreateCounter("pesto_sflow_errors_total", "Faults in datagrams, samples and records, by reason.", "reason");
        _gaps = metrics.CreateCounter("pesto_sflow_sequence_gaps_total", "Datagrams missing by the agents' sequence numbers when a later one came; those that came after all are in pesto_sflow_sequence_out_of_order_total{kind=\"late\"}.");
        _steps = metrics.CreateCounter("pesto_sflow_sequence_out_of_order_total", "Datagrams that were not the next of their agent: late, duplicate, or the first after it started anew.", "kind");
        _sampleDrops = metrics.CreateCounter("pesto_sflow_sample_drops_total", "Samples that agents lost themselves for want of resources, as they say.");
        _agents = metrics.CreateGauge("pesto_sflow_agents", "Agents whose sequence numbers are followed.");
        _untracked = metrics.CreateCounter("pesto_sflow_agents_untracked_total", "Datagrams of agents beyond those that can be followed.");
        registry.AddBeforeCollectCallback(Publish);
    }

    private void Publish()
    {
        lock (_gate)
        {
            var loops = _loops();
            for (int i = 0; i < loops.Count; i++)
                Publish(loops[i], $"{i}");
            var counters = loops.Select(loop => loop.Counters).ToArray();
            _queueDrops.IncTo(counters.Sum(counter => Volatile.Read(ref counter.QueueFull)));
            _failed.IncTo(counters.Sum(counter => Volatile.Read(ref counter.Failed)));
            _refused.WithLabels("not_allowed").IncTo(counters.Sum(counter => Volatile.Read(ref counter.NotAllowed)));
            _refused.WithLabels("empty").IncTo(counters.Sum(counter => Volatile.Read(ref counter.Empty)));
            PublishExporters(counters.SelectMany(counter => counter.Exporters));
            Publish(_pipeline());
            _records.IncTo(_accounts.Balances().TryGetValue(_flowsTopic, out var balance) ? balance.Acked : 0);
        }
    }

    private void Publish(PestoCounters counters)
    {
        _datagrams.WithLabels("success").IncTo(counters.Success);
        _datagrams.WithLabels("parse_error").IncTo(counters.ParseErrors);
        _samples.IncTo(counters.Samples);
        _samplesReceived.WithLabels("flow").IncTo(counters.FlowSamples);
        _samplesReceived.WithLabels("counter").IncTo(counters.CounterSamples);
        foreach (var kind in Enum.GetValues<SampleKind>())
            _samplesByKind.WithLabels(Label(kind)).IncTo(counters.Of(kind));
        foreach (var skip in Enum.GetValues<FlowSkip>().Where(skip => skip != FlowSkip.None))
            _skipped.WithLabels(Label(skip)).IncTo(counters.Of(skip));
        foreach (var error in Enum.GetValues<SFlowError>().Where(error => error != SFlowError.None))
            _errors.WithLabels(Label(error)).IncTo(counters.Of(error));
        foreach (var step in Enum.GetValues<SequenceStep>().Where(step => step != SequenceStep.Next))
            _steps.WithLabels(Label(step)).IncTo(counters.Of(step));
        _gaps.IncTo(counters.SequenceGaps);
        _sampleDrops.IncTo(counters.SampleDrops);
        _agents.Set(counters.Agents);
        _untracked.IncTo(counters.AgentsUntracked);
    }

    private static string Label<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private void Publish(ReceiveLoop loop, string socket)
    {
        _received.WithLabels(socket).IncTo(Volatile.Read(ref loop.Counters.Datagrams));
        _octets.WithLabels(socket).IncTo(Volatile.Read(ref loop.Counters.Octets));
        _drops.WithLabels(socket).IncTo(loop.Receiver.Drops);
        _receiveErrors.WithLabels(socket).IncTo(Volatile.Read(ref loop.Counters.ReceiveErrors));
        _buffer.WithLabels(socket).Set(loop.Receiver.BufferBytes);
    }

    // Each socket has a limit of its own; all together have the same one. Whoever has a series keeps it.
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
