using System.Net;
using Microsoft.Extensions.Logging;
using Prometheus;
using Risotto.Listen;
using Risotto.Pipeline;
using Risotto.State;
using Risotto.Telemetry;
using Shared.Delivery.Kafka;
using Shared.Delivery.Spool;
using Shared.Hosting.Flags;
using Shared.Hosting.Metrics;
using Shared.Hosting.Service;
using Shared.Records;
using Shared.Records.Batch;

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
    private readonly RecordAccounts _accounts = new();
    private readonly ServiceHost _host;
    private readonly MetricsServer _metricsServer;
    private IBatchSink? _sink;
    private TopicWriter[] _outputs = [];
    private BatchTimer? _batchTimer;
    private Curation? _curation;
    private RouterRegistry? _routers;
    private LostRoutes? _lost;
    private StateFile? _stateFile;
    private JournalingSink? _journal;
    private StateStore? _state;
    private StaleRoutes? _stale;
    private CollectorContext? _context;
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
        _metricsServer = new MetricsServer("risotto", options.MetricsAddress, Registry, NotReady, logging);
        // Started from first to last, stopped from last to first: nothing feeds what does not run.
        _host = new ServiceHost(
        [
            new("metrics endpoint", _metricsServer.StartAsync, _metricsServer.StopAsync),
            new("state file", StartStateAsync, StopStateAsync),
            new("sink", StartSinkAsync, StopSinkAsync),
            new("batches", StartBatchesAsync, StopBatchesAsync),
            new("stale routes", StartStaleRoutesAsync, StopStaleRoutesAsync),
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
        DotNetStats.Register(Registry);
        _ = new RecordMetrics("risotto", Registry, _accounts);
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

    // Before the sink: it may tell at once of records that are lost.
    private Task StartStateAsync(CancellationToken cancel)
    {
        if (_options.Curation is { } curation)
        {
            _stateFile = curation.StatePath is { } path ? new StateFile(path, _logger, _time) : null;
            _curation = new Curation(curation, _stateFile?.Seed ?? (ulong)Random.Shared.NextInt64());
        }
        _routers = new RouterRegistry(_options.MaxSessions, _options.MaxSessionsPerSource, _curation);
        _stateFile?.Restore(_routers, _curation!.Options.Hold);
        if (_curation is not null)
        {
            _lost = new LostRoutes(_curation, _routers, _accounts, _options.UpdatesTopic, _options.Batches.Shards, _time);
        }
        return Task.CompletedTask;
    }

    // After the sink: nothing is under way any more.
    private async Task StopStateAsync(CancellationToken abort)
    {
        if (_state is not null)
            await _state.DisposeAsync();
    }

    private Task StartSinkAsync(CancellationToken cancel)
    {
        _sink = _makeSink(new SinkContext(new KafkaMetrics("risotto", Registry), _accounts, _logging.CreateLogger("Kafka"), _time)
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
        if (_journal is not null)
            await _journal.DisposeAsync();
        await sink.DisposeAsync();
    }

    private Task StartBatchesAsync(CancellationToken cancel)
    {
        if (_stateFile is not null)
            _journal = new JournalingSink(_sink!, _logger);
        var outputs = new PipelineOutputs
        {
            Updates = Output(_options.UpdatesTopic, _journal ?? _sink!)!,
            Peers = Output(_options.PeersTopic, _sink!),
            Stats = Output(_options.StatsTopic, _sink!),
            Malformed = Output(_options.MalformedTopic, _sink!),
        };
        _outputs = [.. new[] { outputs.Updates, outputs.Peers, outputs.Stats, outputs.Malformed }.OfType<TopicWriter>()];
        _batchTimer = new BatchTimer(_outputs, _options.BatchWaitInterval, _time);
        ulong epochNs = UnixTime.NowNs(_time);
        _context = new CollectorContext(
            _options, new CollectorIdentity(_options.CollectorId, epochNs), outputs,
            new RisottoMetrics(Registry, _options.MetricsMaxPeers, _time), _logger, _time)
        {
            Curation = _curation,
            Routers = _routers!,
        };
        _listener = new BmpListener(_context, _logging);
        return Task.CompletedTask;

        TopicWriter? Output(string? topic, IBatchSink sink) => topic is null ? null : new TopicWriter(topic, _options.Batches, sink, _time, _accounts);
    }

    private async Task StopBatchesAsync(CancellationToken abort)
    {
        await _batchTimer!.DisposeAsync();
        foreach (var output in _outputs)
            output.CloseDue(always: true);
        _listener!.Dispose();
    }

    private Task StartStaleRoutesAsync(CancellationToken cancel)
    {
        if (_curation is null)
            return Task.CompletedTask;
        var updates = _context!.Outputs.Updates;
        _ = new CurationMetrics(Registry, _curation, _routers!, updates, _context.Metrics, _options.MetricsMaxPeers);
        if (_journal is not null)
        {
            _state = new StateStore(
                _curation, _stateFile!.LastNumber, _routers!, updates, _journal, _lost!, new StateMetrics(Registry), _logger, _time);
        }
        _stale = new StaleRoutes(_curation, _routers!, updates, _context.Identity, _logger, _time);
        _stale.Start();
        return Task.CompletedTask;
    }

    private async Task StopStaleRoutesAsync(CancellationToken abort)
    {
        if (_stale is not null)
            await _stale.DisposeAsync();
    }

    private Task StartListenerAsync(CancellationToken cancel) => _listener!.StartAsync(cancel);

    private async Task StopListenerAsync(CancellationToken abort)
    {
        using var drain = CancellationTokenSource.CreateLinkedTokenSource(abort);
        drain.CancelAfter(SessionsDrain);
        await _listener!.StopAsync(drain.Token);
    }
}
