using System.Net;
using Microsoft.Extensions.Logging;
using Prometheus;
using Risotto.Listen;
using Risotto.Pipeline;
using Risotto.State;
using Risotto.Telemetry;
using Shared.Delivery.Kafka;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;
using Shared.Records.Batch;

namespace Risotto;

/// <summary>The collector as a whole: its parts in the order of the data, which is also the order of their start.</summary>
internal sealed class RisottoService : IService
{
    private const string Listener = "BMP listener";

    // Sessions that wait for a batch do not get all of the time to drain: the sink needs the rest.
    private static readonly TimeSpan SessionsDrain = TimeSpan.FromSeconds(2), SinkDrain = TimeSpan.FromSeconds(6);

    private readonly ServiceShell _shell;
    private readonly ILogger _logger;
    private readonly BmpListener _listener;

    private RisottoService(ServiceShell shell, ILogger logger, BmpListener listener, IPEndPoint metrics) =>
        (_shell, _logger, _listener, MetricsEndPoint) = (shell, logger, listener, metrics);

    /// <summary>The service's own metrics.</summary>
    public CollectorRegistry Registry => _shell.Registry;

    /// <summary>The address that routers connect to; null after the service has ended.</summary>
    public IPEndPoint? BmpEndPoint => _listener.EndPoint;

    /// <summary>The address of the metrics.</summary>
    public IPEndPoint MetricsEndPoint { get; }

    /// <param name="options">Valid options.</param>
    /// <param name="logging">Takes the log lines.</param>
    /// <param name="time">Every clock of the service.</param>
    /// <param name="makeSink">Replaces the sink that the options ask for.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StartupException">A port, a file or a name that the options ask for cannot be used.</exception>
    public static Task<RisottoService> StartAsync(
        RisottoOptions options, ILoggerFactory logging, TimeProvider time, Func<SinkContext, IBatchSink>? makeSink = null,
        CancellationToken cancel = default)
    {
        var logger = logging.CreateLogger("Risotto");
        var shell = new ServiceShell(
            "risotto", options, logging, logger, time, (Listener, "BMP: not listening (the service starts or ends)"));
        return shell.Parts.StartAsync(async () =>
        {
            var metricsEndPoint = await shell.StartMetricsAsync(cancel);
            // The state file is opened before the sink starts, because the sink may report lost records at once.
            var stateFile = options.Curation?.StatePath is { } path ? OpenState(path, logger, time) : null;
            ulong seed = stateFile?.Seed ?? (ulong)Random.Shared.NextInt64();
            var curation = options.Curation is { } wanted ? new Curation(wanted, seed, time) : null;
            var routers = new RouterRegistry(options.Listen.MaxSessions, options.Listen.MaxSessionsPerSource, curation);
            stateFile?.Restore(routers, curation!.Time.Now + options.Curation!.Hold);
            var lost = curation is null
                ? null
                : new LostRoutes(curation, routers, shell.Accounts, options.UpdatesTopic, options.Batches.Shards);
            if (stateFile is not null)
                shell.KeepEpoch(stateFile.EpochPath, stateFile.LastWrittenNs);
            // Stops after the sink: the last state file holds what was delivered by then.
            StateStore? store = null;
            shell.Parts.Add("state file", async _ => await (store?.DisposeAsync() ?? default));

            var sink = shell.StartSink(options.Kafka with { DrainTimeout = SinkDrain }, makeSink);
            var journal = stateFile is null ? null : new JournalingSink(sink, logger);
            shell.Parts.Add("journal", async _ => await (journal?.DisposeAsync() ?? default));
            var outputs = new PipelineOutputs
            {
                Updates = shell.Output(options.UpdatesTopic, journal ?? sink)!,
                Peers = shell.Output(options.PeersTopic, sink),
                Stats = shell.Output(options.StatsTopic, sink),
                Malformed = shell.Output(options.MalformedTopic, sink),
            };
            shell.StartBatches(outputs.Updates, outputs.Peers, outputs.Stats, outputs.Malformed);

            var metrics = new RisottoMetrics(shell.Registry, options.MetricsMaxPeers, time);
            if (curation is not null)
            {
                var withdrawals = new WithdrawalLog(curation.Counters, logger, time);
                shell.Parts.Add("lines about withdrawals", async _ => await withdrawals.DisposeAsync());
                _ = new CurationMetrics(shell.Registry, curation, routers, outputs.Updates, metrics, options.MetricsMaxPeers);
                if (journal is not null)
                {
                    store = new StateStore(
                        curation, stateFile!.LastNumber, routers, outputs.Updates, journal, lost!, new StateMetrics(shell.Registry), logger,
                        time);
                }
                var stale = new StaleRoutes(curation, routers, outputs.Updates, shell.Identity, logger, time);
                stale.Start();
                shell.Parts.Add("stale routes", async _ => await stale.DisposeAsync());
            }

            var context = new CollectorContext(options.Listen, options.Pipeline, shell.Identity, outputs, metrics, logger, time)
            {
                Curation = curation,
                Routers = routers,
            };
            var listener = new BmpListener(context, logging);
            await listener.StartAsync(cancel);
            shell.Parts.Add(Listener, listener.StopAsync, SessionsDrain);
            logger.Started(CommandLine.Version, listener.EndPoint!, metricsEndPoint, options.CollectorId);
            return new RisottoService(shell, logger, listener, metricsEndPoint);
        });
    }

    /// <inheritdoc/>
    public async Task StopAsync()
    {
        _logger.Draining();
        await _shell.Parts.StopAsync();
        _logger.Ended();
    }

    public async ValueTask DisposeAsync()
    {
        await _shell.Parts.DisposeAsync();
        _listener.Dispose();
    }

    private static StateFile OpenState(string path, ILogger logger, TimeProvider time)
    {
        StateDirectory.Create("--curation-state-path", Path.GetDirectoryName(Path.GetFullPath(path))!);
        return new StateFile(path, logger, time);
    }
}
