using System.Net;
using Microsoft.Extensions.Logging;
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
using Shared.Hosting.Flags;
using Shared.Hosting.Service;
using Shared.Records.Batch;

namespace SaimirisGateway;

/// <summary>The gateway as a whole: its parts in the order of the data, which is also the order of their start.</summary>
internal sealed class GatewayService : IService
{
    private const string Endpoints = "HTTP endpoints", Database = "database";

    // Requests that wait for something do not get all of the time to drain: the outbox and the sink need the rest.
    private static readonly TimeSpan RequestsDrain = TimeSpan.FromSeconds(2), SinkDrain = TimeSpan.FromSeconds(4.5);

    private readonly ServiceShell _shell;
    private readonly ILogger _logger;
    private readonly HttpEndpoints _http;

    private GatewayService(ServiceShell shell, ILogger logger, HttpEndpoints http) => (_shell, _logger, _http) = (shell, logger, http);

    /// <summary>
    /// The addresses that users and agents connect to: clear text, then HTTP/2 and TLS if the options ask for them. Empty after the service
    /// has ended.
    /// </summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _http.EndPoints;

    /// <summary>The address of the embedded broker; null where there is none.</summary>
    public string? Bootstrap { get; private init; }

    /// <summary>The address of the metrics.</summary>
    public required IPEndPoint MetricsEndPoint { get; init; }

    /// <param name="options">Valid options.</param>
    /// <param name="logging">Takes the log lines.</param>
    /// <param name="time">Every clock of the service.</param>
    /// <param name="makeSink">Replaces the sink that the options ask for.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StartupException">A port, a file or a name that the options ask for cannot be used.</exception>
    public static Task<GatewayService> StartAsync(
        GatewayOptions options, ILoggerFactory logging, TimeProvider time, Func<SinkContext, IBatchSink>? makeSink = null,
        CancellationToken cancel = default)
    {
        var logger = logging.CreateLogger("SaimirisGateway");
        var shell = new ServiceShell("saimiris_gateway", options, logging, logger, time,
            (Endpoints, "HTTP: not listening (the service starts or ends)"), (Database, "database: the service starts or ends"));
        var gateway = new GatewayMetrics(shell.Registry);
        return shell.Parts.StartAsync(async () =>
        {
            var metricsEndPoint = await shell.StartMetricsAsync(cancel);
            var store = await StartDatabaseAsync(shell, options, logger, time, cancel);
            var broker = StartBroker(shell, options, logging);
            var kafka = broker is null ? options.Kafka : options.Kafka with { Brokers = [broker.Bootstrap] };
            var sink = shell.StartSink(kafka with { DrainTimeout = SinkDrain }, makeSink);
            var replies = shell.Output(options.RepliesTopic, sink)!;
            shell.StartBatches(replies);

            var results = new MeasurementResults(options.Results, shell.Identity, store, gateway, logger, time);
            shell.Parts.Add("results", async _ => await results.DisposeAsync());
            await results.StartAsync(cancel);
            var outbox = await StartOutboxAsync(shell, options, kafka, store, gateway, logger, time, cancel);
            var agents = new AgentCleanup(store, gateway, logger, time);
            await agents.StartAsync();
            shell.Parts.Add("agents", async abort =>
            {
                await agents.StopAsync(abort);
                agents.Dispose();
            });

            var bodies = new AgentStates(options.Replies.MaxBodies, options.Replies.MaxBodiesPerAgent);
            var context = new UploadContext(options.Replies, shell.Identity, replies, bodies, gateway, logger, time, results.OnCommitted);
            var keys = new AgentKeys(options.SharedKey, options.AgentKeysFile, new RegistrationSecrets(store, time), logger, time);
            keys.Load();
            var probes = new ProbeSubmission(options.Probes, outbox, store, gateway, logger, time) { OnReserved = results.OnReserved };
            var api = new GatewayApi(
                options.Http, options.Users, store, keys, new ReplyEndpoint(context, keys), probes, results, gateway, logger, time);
            var http = new HttpEndpoints(options.Http, api, gateway, logging, time);
            shell.Parts.Add("API", _ => Stopped(api.Dispose));
            await http.StartAsync(cancel);
            shell.Parts.Add(Endpoints, http.StopAsync, RequestsDrain);
            logger.Started(CommandLine.Version, string.Join(", ", http.EndPoints), $"{metricsEndPoint}", options.CollectorId);
            return new GatewayService(shell, logger, http) { MetricsEndPoint = metricsEndPoint, Bootstrap = broker?.Bootstrap };
        });
    }

    /// <inheritdoc/>
    public async Task StopAsync()
    {
        _logger.Draining();
        await _shell.Parts.StopAsync();
        _logger.Ended();
    }

    public ValueTask DisposeAsync() => _shell.Parts.DisposeAsync();

    private static async Task<GatewayStore> StartDatabaseAsync(
        ServiceShell shell, GatewayOptions options, ILogger logger, TimeProvider time, CancellationToken cancel)
    {
        var database = new GatewayDatabase(options.Database, logger, time);
        // The part is added before the database answers, because /readyz says what the gateway waits for.
        shell.Parts.Add(Database, async abort =>
        {
            await database.StopAsync(abort);
            database.Dispose();
        }, () => database.NotReady);
        await database.StartAsync(cancel);
        return database.Store;
    }

    // Outlives the sink and the outbox, which both send to it.
    private static EmbeddedBroker? StartBroker(ServiceShell shell, GatewayOptions options, ILoggerFactory logging)
    {
        if (!options.Kafka.IsEmbedded || options.Kafka.Disable)
            return null;
        var broker = SinkFactory.StartEmbedded(
            [options.RepliesTopic, options.Outbox.Topic], options.Batches.Shards, logging.CreateLogger("Kafka"));
        shell.Parts.Add("embedded broker", _ => Stopped(broker.Dispose));
        return broker;
    }

    private static async Task<OutboxDispatcher> StartOutboxAsync(
        ServiceShell shell, GatewayOptions options, KafkaOptions kafka, GatewayStore store, GatewayMetrics metrics, ILogger logger,
        TimeProvider time, CancellationToken cancel)
    {
        var outbox = new OutboxDispatcher(
            options.Outbox with { MaxMessageBytes = options.Batches.MaxBytes }, kafka, store, metrics, logger, time);
        if (!kafka.Disable)
            await outbox.StartAsync(cancel);
        shell.Parts.Add("outbox", async abort =>
        {
            if (!kafka.Disable)
                await outbox.StopAsync(abort);
            await outbox.DisposeAsync();
        });
        return outbox;
    }

    private static Task Stopped(Action dispose)
    {
        dispose();
        return Task.CompletedTask;
    }
}
