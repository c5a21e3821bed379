using System.Net;
using Microsoft.Extensions.Logging;
using Prometheus;
using SaimirisGateway.Listen;
using Shared.Batch;
using Shared.Hosting;
using Shared.Kafka;
using Shared.Metrics;

namespace SaimirisGateway;

/// <summary>The gateway as a whole: its parts, and the order in which they start and stop.</summary>
internal sealed class GatewayService : IAsyncDisposable
{
    private const string Prefix = "saimiris_gateway";

    // Bodies that wait for a batch do not get all of the time to drain: the sink needs the rest.
    private static readonly TimeSpan BodiesDrain = TimeSpan.FromSeconds(2), SinkDrain = TimeSpan.FromSeconds(6);

    private readonly GatewayOptions _options;
    private readonly ILoggerFactory _logging;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Func<SinkContext, IBatchSink> _makeSink;
    private readonly RecordLedger _ledger = new();
    private readonly ServiceHost _host;
    private readonly MetricsServer _metricsServer;
    private IBatchSink? _sink;
    private BatchOutput? _replies;
    private BatchTimer? _batchTimer;
    private ReplyListener? _listener;

    /// <param name="options">Valid ones.</param>
    /// <param name="logging">Takes the log lines.</param>
    /// <param name="time">Every clock of the service.</param>
    /// <param name="makeSink">Instead of the sink that the options ask for.</param>
    public GatewayService(GatewayOptions options, ILoggerFactory logging, TimeProvider time, Func<SinkContext, IBatchSink>? makeSink = null)
    {
        _options = options;
        _logging = logging;
        _logger = logging.CreateLogger("SaimirisGateway");
        _time = time;
        _makeSink = makeSink ?? (context => SinkFactory.Create(options.Kafka with { DrainTimeout = SinkDrain }, [options.RepliesTopic], options.Batches, context));
        _metricsServer = new MetricsServer(Prefix, options.MetricsAddress, Registry, NotReady, logging);
        // Started from first to last, stopped from last to first: nothing feeds what does not run.
        _host = new ServiceHost(
        [
            new("metrics endpoint", _metricsServer.StartAsync, _metricsServer.StopAsync),
            new("sink", StartSinkAsync, StopSinkAsync),
            new("batches", StartBatchesAsync, StopBatchesAsync),
            new("HTTP endpoints", StartListenerAsync, StopListenerAsync),
        ], _logger, time);
    }

    /// <summary>The service's own metrics.</summary>
    public CollectorRegistry Registry { get; } = Metrics.NewCustomRegistry();

    /// <summary>Where agents connect: clear text, and where they are asked for HTTP/2 and TLS.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _listener?.EndPoints ?? [];

    /// <summary>Where the metrics are; null before it runs.</summary>
    public IPEndPoint? MetricsEndPoint => _metricsServer.EndPoint;

    /// <exception cref="StartupException">The machine does not give what the options ask for.</exception>
    public async Task StartAsync(CancellationToken cancel = default)
    {
        DotNetStats.Register(Registry);
        _ = new LedgerMetrics(Prefix, Registry, _ledger);
        await _host.StartAsync(cancel);
        _logger.Started(FlagSet.Version, string.Join(", ", EndPoints), $"{MetricsEndPoint}", _options.CollectorId);
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
        if (EndPoints.Count == 0)
            yield return "HTTP: not listening (the service starts or ends)";
        if (_sink is null)
            yield return "Kafka: the service starts or ends";
        else if (_sink.NotReady is { } reason)
            yield return reason;
    }

    private Task StartSinkAsync(CancellationToken cancel)
    {
        _sink = _makeSink(new SinkContext(new KafkaMetrics(Prefix, Registry), _ledger, _logging.CreateLogger("Kafka"), _time)
        {
            Spool = _options.Kafka.Spool is { } spool ? new SpoolMetrics(Prefix, Registry, spool.MaxBytes, _time) : null,
        });
        return Task.CompletedTask;
    }

    private async Task StopSinkAsync(CancellationToken abort)
    {
        var sink = _sink!;
        _sink = null;
        await sink.DisposeAsync();
    }

    private Task StartBatchesAsync(CancellationToken cancel)
    {
        _replies = new BatchOutput(_options.RepliesTopic, _options.Batches, _sink!, _time, _ledger);
        _batchTimer = new BatchTimer([_replies], _options.BatchWaitInterval, _time);
        return Task.CompletedTask;
    }

    private async Task StopBatchesAsync(CancellationToken abort)
    {
        await _batchTimer!.DisposeAsync();
        _replies!.CloseDue(always: true);
    }

    private async Task StartListenerAsync(CancellationToken cancel)
    {
        ulong epochNs = (ulong)(_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        var context = new ReplyContext(
            _options, new GatewayIdentity(_options.CollectorId, epochNs), _replies!, new AgentTable(_options.MaxBodies, _options.MaxBodiesPerAgent),
            new GatewayMetrics(Registry, _time), _logger, _time);
        var keys = new AgentKeys(_options.AgentKey, _options.AgentKeysFile, _logger, _time);
        if (!keys.IsUsable)
            _logger.NoAgentKey();
        var listener = new ReplyListener(context, keys, _logging);
        await listener.StartAsync(cancel);
        _listener = listener;
    }

    private async Task StopListenerAsync(CancellationToken abort)
    {
        using var drain = CancellationTokenSource.CreateLinkedTokenSource(abort);
        drain.CancelAfter(BodiesDrain);
        await _listener!.StopAsync(drain.Token);
    }
}
