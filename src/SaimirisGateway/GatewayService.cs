using System.Net;
using Microsoft.Extensions.Logging;
using Prometheus;
using SaimirisGateway.Agents;
using SaimirisGateway.Api;
using SaimirisGateway.Auth;
using SaimirisGateway.Probes.Outbox;
using SaimirisGateway.Probes.Submit;
using SaimirisGateway.Replies.Listen;
using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Replies.Results;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;
using Shared.Delivery.Kafka;
using Shared.Delivery.Spool;
using Shared.Hosting.Flags;
using Shared.Hosting.Metrics;
using Shared.Hosting.Service;
using Shared.Hosting.Tls;
using Shared.Records;
using Shared.Records.Batch;

namespace SaimirisGateway;

/// <summary>The gateway as a whole: its parts, and the order in which they start and stop.</summary>
internal sealed class GatewayService : IAsyncDisposable
{
    private const string Prefix = "saimiris_gateway";

    // Requests that wait for something do not get all of the time to drain: the outbox and the sink need the rest.
    private static readonly TimeSpan RequestsDrain = TimeSpan.FromSeconds(2), SinkDrain = TimeSpan.FromSeconds(4.5);

    private readonly GatewayOptions _options;
    private readonly ILoggerFactory _logging;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Func<SinkContext, IBatchSink>? _makeSink;
    private readonly RecordAccounts _accounts = new();
    private readonly GatewayMetrics _metrics;
    private readonly CollectorIdentity _identity;
    private readonly GatewayDatabase _database;
    private readonly ServiceHost _host;
    private readonly MetricsServer _metricsServer;
    private readonly MeasurementResults _results;
    private readonly AgentCleanup _cleanup;
    private KafkaOptions _kafka;
    private EmbeddedBroker? _broker;
    private IBatchSink? _sink;
    private TopicWriter? _replies;
    private BatchTimer? _batchTimer;
    private OutboxDispatcher? _outbox;
    private GatewayApi? _api;
    private HttpEndpoints? _http;

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
        _makeSink = makeSink;
        _kafka = options.Kafka;
        _metrics = new GatewayMetrics(Registry);
        _identity = new CollectorIdentity(options.CollectorId, UnixTime.NowNs(time));
        _database = new GatewayDatabase(options.Database, _logger, time);
        _results = new MeasurementResults(options.Results, _identity, _database.Store, _metrics, _logger, time);
        _cleanup = new AgentCleanup(_database.Store, _metrics, _logger, time);
        _metricsServer = new MetricsServer(Prefix, options.MetricsAddress, Registry, NotReady, logging);
        // Started from first to last, stopped from last to first: nothing feeds what does not run.
        _host = new ServiceHost(
        [
            new("metrics endpoint", _metricsServer.StartAsync, _metricsServer.StopAsync),
            new("database", _database.StartAsync, _database.StopAsync),
            new("embedded broker", StartBrokerAsync, StopBrokerAsync),
            new("sink", StartSinkAsync, StopSinkAsync),
            new("batches", StartBatchesAsync, StopBatchesAsync),
            new("results", _results.StartAsync, async _ => await _results.DisposeAsync()),
            new("outbox", StartOutboxAsync, StopOutboxAsync),
            new("agents", _ => _cleanup.StartAsync(), _cleanup.StopAsync),
            new("HTTP endpoints", StartHttpAsync, StopHttpAsync),
        ], _logger, time);
    }

    /// <summary>The service's own metrics.</summary>
    public CollectorRegistry Registry { get; } = Metrics.NewCustomRegistry();

    /// <summary>Where users and agents connect: clear text, and where they are asked for HTTP/2 and TLS.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _http?.EndPoints ?? [];

    /// <summary>Of the embedded broker; null where there is none.</summary>
    public string? Bootstrap => _broker?.Bootstrap;

    /// <summary>Where the metrics are; null before it runs.</summary>
    public IPEndPoint? MetricsEndPoint => _metricsServer.EndPoint;

    /// <exception cref="StartupException">The machine does not give what the options ask for.</exception>
    public async Task StartAsync(CancellationToken cancel = default)
    {
        DotNetStats.Register(Registry);
        _ = new RecordMetrics(Prefix, Registry, _accounts);
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

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _cleanup.Dispose();
        _database.Dispose();
    }

    private IEnumerable<string> NotReady()
    {
        if (EndPoints.Count == 0)
            yield return "HTTP: not listening (the service starts or ends)";
        if (_database.NotReady is { } problem)
            yield return problem;
        if (_sink is null)
            yield return "Kafka: the service starts or ends";
        else if (_sink.NotReady is { } reason)
            yield return reason;
    }

    private Task StartBrokerAsync(CancellationToken cancel)
    {
        if (!_options.Kafka.IsEmbedded || _options.Kafka.Disable)
            return Task.CompletedTask;
        _broker = SinkFactory.StartEmbedded([_options.RepliesTopic, _options.Outbox.Topic], _options.Batches.Shards, _logging.CreateLogger("Kafka"));
        _kafka = _kafka with { Brokers = [_broker.Bootstrap] };
        return Task.CompletedTask;
    }

    private Task StopBrokerAsync(CancellationToken abort)
    {
        _broker?.Dispose();
        return Task.CompletedTask;
    }

    private Task StartSinkAsync(CancellationToken cancel)
    {
        var context = new SinkContext(new KafkaMetrics(Prefix, Registry), _accounts, _logging.CreateLogger("Kafka"), _time)
        {
            Spool = _options.Kafka.Spool is { } spool ? new SpoolMetrics(Prefix, Registry, spool.MaxBytes, _time) : null,
        };
        _sink = _makeSink?.Invoke(context) ?? SinkFactory.Create(_kafka with { DrainTimeout = SinkDrain }, [_options.RepliesTopic], _options.Batches, context);
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
        _replies = new TopicWriter(_options.RepliesTopic, _options.Batches, _sink!, _time, _accounts);
        _batchTimer = new BatchTimer([_replies], _options.BatchWaitInterval, _time);
        return Task.CompletedTask;
    }

    private async Task StopBatchesAsync(CancellationToken abort)
    {
        await _batchTimer!.DisposeAsync();
        _replies!.CloseDue(always: true);
    }

    private async Task StartOutboxAsync(CancellationToken cancel)
    {
        var outbox = _options.Outbox with { MaxMessageBytes = _options.Batches.MaxBytes };
        _outbox = new OutboxDispatcher(outbox, _kafka, _database.Store, _metrics, _logger, _time);
        if (!_kafka.Disable)
            await _outbox.StartAsync(cancel);
    }

    private async Task StopOutboxAsync(CancellationToken abort)
    {
        if (!_kafka.Disable)
            await _outbox!.StopAsync(abort);
        await _outbox!.DisposeAsync();
    }

    private async Task StartHttpAsync(CancellationToken cancel)
    {
        var limits = new UploadOptions
        {
            CaracalId = _options.CaracalId,
            MaxBodies = _options.MaxBodies,
            MaxBodiesPerAgent = _options.MaxBodiesPerAgent,
            MaxExpandedBytes = _options.MaxExpandedBytes,
            IdleTimeout = _options.IdleTimeout,
            AckTimeout = _options.AckTimeout,
        };
        var agents = new AgentStates(limits.MaxBodies, limits.MaxBodiesPerAgent);
        var context = new UploadContext(limits, _identity, _replies!, agents, _metrics, _logger, _time, _results.OnCommitted);
        var keys = new AgentKeys(_options.SharedKey, _options.AgentKeysFile, new RegistrationSecrets(_database.Store, _time), _logger, _time);
        keys.Load();
        var probes = new ProbeSubmission(_options.Probes, _outbox!, _database.Store, _metrics, _logger, _time) { OnReserved = _results.OnReserved };
        var options = MakeHttpOptions();
        _api = new GatewayApi(
            options, _options.Users, _database.Store, keys, new ReplyEndpoint(context, keys), probes, _results, _metrics, _logger, _time);
        var http = new HttpEndpoints(options, _api, _metrics, _logging, _time);
        await http.StartAsync(cancel);
        _http = http;
    }

    private HttpOptions MakeHttpOptions() => new()
    {
        Address = _options.Address,
        Http2Address = _options.Http2Address,
        TlsAddress = _options.TlsAddress,
        Certificate = _options.TlsAddress is null
            ? null
            : new TlsCertificateFiles(GatewayOptions.TlsFlags, _options.TlsCertificate!, _options.TlsKey!, _options.TlsClientCa),
        RequestsPerUser = _options.RequestsPerUser,
        RequestsPerAgentKey = _options.RequestsPerAgentKey,
    };

    private async Task StopHttpAsync(CancellationToken abort)
    {
        using var drain = CancellationTokenSource.CreateLinkedTokenSource(abort);
        drain.CancelAfter(RequestsDrain);
        await _http!.StopAsync(drain.Token);
        await _http.DisposeAsync();
        _api!.Dispose();
    }
}
