using System.Net;
using Microsoft.Extensions.Logging;
using Pesto.Listen;
using Pesto.Pipeline;
using Pesto.Telemetry;
using Prometheus;
using Shared.Delivery.Kafka;
using Shared.Delivery.Spool;
using Shared.Hosting.Flags;
using Shared.Hosting.Metrics;
using Shared.Hosting.Service;
using Shared.Records;
using Shared.Records.Batch;

namespace Pesto;

/// <summary>The collector as a whole: its parts, and the order in which they start and stop.</summary>
internal sealed class PestoService : IAsyncDisposable
{
    // What the kernel has received is read at the end, but not for so long that the sink has no time left.
    private static readonly TimeSpan ListenerDrain = TimeSpan.FromSeconds(2), SinkDrain = TimeSpan.FromSeconds(6);

    private readonly PestoOptions _options;
    private readonly ILoggerFactory _logging;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Func<SinkContext, IBatchSink> _makeSink;
    private readonly RecordAccounts _accounts = new();
    private readonly ServiceHost _host;
    private readonly MetricsServer _metricsServer;
    private IBatchSink? _sink;
    private TopicWriter[] _outputs = [];
    private BatchTimer? _batchTimer;
    private SFlowListener? _listener;

    /// <param name="options">Valid ones.</param>
    /// <param name="logging">Takes the log lines.</param>
    /// <param name="time">Every clock of the service but the kernel's, which says when a datagram came.</param>
    /// <param name="makeSink">Instead of the sink that the options ask for.</param>
    public PestoService(PestoOptions options, ILoggerFactory logging, TimeProvider time, Func<SinkContext, IBatchSink>? makeSink = null)
    {
        _options = options;
        _logging = logging;
        _logger = logging.CreateLogger("Pesto");
        _time = time;
        _makeSink = makeSink ?? MakeSink;
        _metricsServer = new MetricsServer("pesto", options.MetricsAddress, Registry, NotReady, logging);
        // Started from first to last, stopped from last to first: nothing feeds what does not run.
        _host = new ServiceHost(
        [
            new("metrics endpoint", _metricsServer.StartAsync, _metricsServer.StopAsync),
            new("sink", StartSinkAsync, StopSinkAsync),
            new("batches", StartBatchesAsync, StopBatchesAsync),
            new("sFlow listener", StartListenerAsync, StopListenerAsync),
        ], _logger, time);
    }

    /// <summary>The service's own metrics.</summary>
    public CollectorRegistry Registry { get; } = Metrics.NewCustomRegistry();

    /// <summary>Where exporters send to; null while it does not run.</summary>
    public IPEndPoint? SFlowEndPoint => _listener?.EndPoint;

    /// <summary>Where the metrics are; null before it runs.</summary>
    public IPEndPoint? MetricsEndPoint => _metricsServer.EndPoint;

    /// <exception cref="StartupException">The machine does not give what the options ask for.</exception>
    public async Task StartAsync(CancellationToken cancel = default)
    {
        DotNetStats.Register(Registry);
        _ = new RecordMetrics("pesto", Registry, _accounts);
        await _host.StartAsync(cancel);
        _logger.Started(FlagSet.Version, SFlowEndPoint!, MetricsEndPoint!, _options.CollectorId);
    }

    /// <summary>Drains: what was received becomes batches, and the batches get through, as far as there is time.</summary>
    public async Task StopAsync()
    {
        _logger.Draining();
        await _host.StopAsync();
        _logger.Ended();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private IEnumerable<string> NotReady()
    {
        if (SFlowEndPoint is null)
            yield return "sFlow: not listening (the service starts or ends)";
        if (_sink is null)
            yield return "Kafka: the service starts or ends";
        else if (_sink.NotReady is { } reason)
            yield return reason;
    }

    private Task StartSinkAsync(CancellationToken cancel)
    {
        _sink = _makeSink(new SinkContext(new KafkaMetrics("pesto", Registry), _accounts, _logging.CreateLogger("Kafka"), _time)
        {
            Spool = _options.Kafka.Spool is { } spool ? new SpoolMetrics("pesto", Registry, spool.MaxBytes, _time) : null,
        });
        return Task.CompletedTask;
    }

    private IBatchSink MakeSink(SinkContext context) =>
        SinkFactory.Create(_options.Kafka with { DrainTimeout = SinkDrain }, _options.Topics, _options.Batches, context);

    private async Task StopSinkAsync(CancellationToken abort)
    {
        var sink = _sink!;
        _sink = null;
        await sink.DisposeAsync();
    }

    private Task StartBatchesAsync(CancellationToken cancel)
    {
        var outputs = new PipelineOutputs { Flows = Output(_options.FlowsTopic)!, Counters = Output(_options.CountersTopic) };
        _outputs = [.. new[] { outputs.Flows, outputs.Counters }.OfType<TopicWriter>()];
        _batchTimer = new BatchTimer(_outputs, _options.BatchWaitInterval, _time);
        ulong epochNs = UnixTime.NowNs(_time);
        var pipeline = new ShardedPipeline(new CollectorIdentity(_options.CollectorId, epochNs), _options.Pipeline, outputs);
        var listen = new ListenOptions
        {
            Address = _options.SFlowAddress,
            Sockets = _options.Sockets,
            ReceiveBufferBytes = _options.ReceiveBufferBytes,
            Allow = _options.Allow,
            MaxExporters = _options.MetricsMaxExporters,
        };
        _listener = new SFlowListener(listen, pipeline.CreateDispatcher, _logger, _time);
        _ = new PestoMetrics(Registry, _accounts, _options.FlowsTopic, _options.MetricsMaxExporters, () => pipeline.Counters, _listener.ReadCounters);
        return Task.CompletedTask;

        TopicWriter? Output(string? topic) => topic is null ? null : new TopicWriter(topic, _options.Batches, _sink!, _time, _accounts);
    }

    private async Task StopBatchesAsync(CancellationToken abort)
    {
        await _batchTimer!.DisposeAsync();
        foreach (var output in _outputs)
            output.CloseDue(always: true);
    }

    private Task StartListenerAsync(CancellationToken cancel) => _listener!.StartAsync(cancel);

    private async Task StopListenerAsync(CancellationToken abort)
    {
        using var drain = CancellationTokenSource.CreateLinkedTokenSource(abort);
        drain.CancelAfter(ListenerDrain);
        await _listener!.StopAsync(drain.Token);
    }
}
