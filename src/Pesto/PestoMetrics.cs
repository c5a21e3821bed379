using Pesto.Listen;
using Prometheus;
using Shared.Batch;

namespace Pesto;

/// <summary>
/// Every metric of the collector. Sockets and pipeline count into plain numbers of their own, which are published here when a
/// scrape asks. Exporters are labelled with their address as the datagrams say it, which anyone can forge: so many and no more.
/// </summary>
internal sealed class PestoMetrics
{
    private readonly Lock _gate = new();
    private readonly RecordLedger _ledger;
    private readonly string _flowsTopic;
    private readonly Func<IReadOnlyList<ReceiveLoop>> _loops;
    private readonly int _maxExporters;
    private readonly HashSet<string> _exporters = [];

    private readonly Counter _received, _octets, _drops, _queueDrops, _refused, _failed, _receiveErrors, _byExporter, _records, _datagrams, _samples, _samplesReceived;
    private readonly Gauge _buffer;
    private readonly PestoCounters _counters;

    /// <param name="registry">The service's own.</param>
    /// <param name="options">Names the topic, and says how many exporters have series.</param>
    /// <param name="ledger">Knows which records have arrived.</param>
    /// <param name="counters">Of the pipeline.</param>
    /// <param name="loops">The sockets' threads, asked for at each scrape.</param>
    public PestoMetrics(CollectorRegistry registry, PestoOptions options, RecordLedger ledger, PestoCounters counters, Func<IReadOnlyList<ReceiveLoop>> loops)
    {
        _ledger = ledger;
        _flowsTopic = options.FlowsTopic;
        _counters = counters;
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
            _datagrams.WithLabels("success").IncTo(Volatile.Read(ref _counters.Success));
            _datagrams.WithLabels("parse_error").IncTo(Volatile.Read(ref _counters.ParseErrors));
            _samples.IncTo(Volatile.Read(ref _counters.Samples));
            _samplesReceived.WithLabels("flow").IncTo(Volatile.Read(ref _counters.FlowSamples));
            _samplesReceived.WithLabels("counter").IncTo(Volatile.Read(ref _counters.CounterSamples));
            _records.IncTo(_ledger.Balances().TryGetValue(_flowsTopic, out var balance) ? balance.Acked : 0);
        }
    }

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
