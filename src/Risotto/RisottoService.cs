using System.Net;
using Microsoft.Extensions.Logging;
using Prometheus;
using Risotto.Decode;
using Risotto.Listen;
using Shared.Batch;
using Shared.Hosting;
using Shared.Kafka;
using Shared.Metrics;

namespace Risotto;

/// <summary>The collector as a whole: its parts, and the order in which they start and stop.</summary>
internal sealed class RisottoService : IAsyncDisposable
{
    // Sessions that wait for a batch do not get all of the time to drain: the sink needs the rest.
    private static readonly TimeSpan SessionsDrain = TimeSpan.FromSeconds(2), SinkDrain = TimeSpan.FromSeconds(6);

    private readonly RisottoOptions _options;
    private readonly ILoggerFactory _logging;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Func<SinkContext, IBatchSink> _makeSink;
    private readonly RecordLedger _ledger = new();
    private readonly ServiceHost _host;
    private readonly MetricsServer _metricsServer;
    private IBatchSink? _sink;
    private BatchOutput[] _outputs = [];
    private BatchTimer? _batchTimer;
    private BmpListener? _listener;

    /// <param name="options">Valid ones.</param>
    /// <param name="logging">Takes the log lines.</param>
    /// <param name="time">Every clock of the service.</param>
    /// <param name="makeSink">Instead of the sink that the options ask for.</param>
    public RisottoService(RisottoOptions options, ILoggerFactory logging, TimeProvider time, Func<SinkContext, IBatchSink>? makeSink = null)
    {
        _options = options;
        _logging = logging;
        _logger = logging.CreateLogger("Risotto");
        _time = time;
        _makeSink = makeSink ?? MakeSink;
        _metricsServer = new MetricsServer(options.MetricsAddress, Registry, NotReady, logging);
        // Started from first to last, stopped from last to first: nothing feeds what does not run.
        _host = new ServiceHost(
        [
            new("metrics endpoint", _metricsServer.StartAsync, _metricsServer.StopAsync),
            new("sink", StartSinkAsync, StopSinkAsync),
            new("batches", StartBatchesAsync, StopBatchesAsync),
            new("BMP listener", StartListenerAsync, StopListenerAsync),
        ], _logger, time);
    }

    /// <summary>The service's own metrics.</summary>
    public CollectorRegistry Registry { get; } = Metrics.NewCustomRegistry();

    /// <summary>Where routers connect; null while it does not run.</summary>
    public IPEndPoint? BmpEndPoint => _listener?.EndPoint;

    /// <summary>Where the metrics are; null before it runs.</summary>
    public IPEndPoint? MetricsEndPoint => _metricsServer.EndPoint;

    /// <exception cref="StartupException">The machine does not give what the options ask for.</exception>
    public async Task StartAsync(CancellationToken cancel = default)
    {
        if (_options.IsCurationAskedFor)
            _logger.CurationNotBuilt();
        DotNetStats.Register(Registry);
        _ = new LedgerMetrics("risotto", Registry, _ledger);
        await _host.StartAsync(cancel);
        _logger.Started(FlagSet.Version, BmpEndPoint!, MetricsEndPoint!, _options.CollectorId);
    }

    /// <summary>Drains: what was read becomes batches, and the batches get through, as far as there is time.</summary>
    public async Task StopAsync()
    {
        _logger.Draining();
        await _host.StopAsync();
        _logger.Ended();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private IEnumerable<string> NotReady()
    {
        if (BmpEndPoint is null)
            yield return "BMP: not listening (the service starts or ends)";
        if (_sink is null)
            yield return "Kafka: the service starts or ends";
        else if (_sink.NotReady is { } reason)
            yield return reason;
    }

    private Task StartSinkAsync(CancellationToken cancel)
    {
        _sink = _makeSink(new SinkContext(new KafkaMetrics("risotto", Registry), _ledger, _logging.CreateLogger("Kafka"), _time)
        {
            Spool = _options.Kafka.Spool is { } spool ? new SpoolMetrics("risotto", Registry, spool.MaxBytes, _time) : null,
        });
        return Task.CompletedTask;
    }

    private IBatchSink MakeSink(SinkContext context)
    {
        string?[] topics = [_options.UpdatesTopic, _options.PeersTopic, _options.StatsTopic, _options.MalformedTopic];
        return SinkFactory.Create(_options.Kafka with { DrainTimeout = SinkDrain }, topics.OfType<string>(), _options.Batches, context);
    }

    private async Task StopSinkAsync(CancellationToken abort)
    {
        var sink = _sink!;
        _sink = null;
        await sink.DisposeAsync();
    }

    private Task StartBatchesAsync(CancellationToken cancel)
    {
        var outputs = new PipelineOutputs
        {
            Updates = Output(_options.UpdatesTopic)!,
            Peers = Output(_options.PeersTopic),
            Stats = Output(_options.StatsTopic),
            Malformed = Output(_options.MalformedTopic),
        };
        _outputs = [.. new[] { outputs.Updates, outputs.Peers, outputs.Stats, outputs.Malformed }.OfType<BatchOutput>()];
        _batchTimer = new BatchTimer(_outputs, _options.BatchWaitInterval, _time);
        ulong epochNs = (ulong)(_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        var context = new CollectorContext(
            _options, new CollectorIdentity(_options.CollectorId, epochNs), outputs,
            new RisottoMetrics(Registry, _options.MetricsMaxPeers, _time), _logger, _time);
        _listener = new BmpListener(context, _logging);
        return Task.CompletedTask;

        BatchOutput? Output(string? topic) => topic is null ? null : new BatchOutput(topic, _options.Batches, _sink!, _time, _ledger);
    }

    private async Task StopBatchesAsync(CancellationToken abort)
    {
        await _batchTimer!.DisposeAsync();
        foreach (var output in _outputs)
            output.CloseDue(always: true);
        _listener!.Dispose();
    }

    private Task StartListenerAsync(CancellationToken cancel) => _listener!.StartAsync(cancel);

    private async Task StopListenerAsync(CancellationToken abort)
    {
        using var drain = CancellationTokenSource.CreateLinkedTokenSource(abort);
        drain.CancelAfter(SessionsDrain);
        await _listener!.StopAsync(drain.Token);
    }
}
