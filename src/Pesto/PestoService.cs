using System.Net;
using Microsoft.Extensions.Logging;
using Pesto.Listen;
using Pesto.Pipeline;
using Pesto.Telemetry;
using Prometheus;
using Shared.Delivery.Kafka;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;
using Shared.Records.Batch;

namespace Pesto;

/// <summary>The collector as a whole: its parts in the order of the data, which is also the order of their start.</summary>
internal sealed class PestoService : IService
{
    private const string Listener = "sFlow listener";

    // Datagrams that the kernel has received are read at the end, but not for so long that the sink has no time left.
    private static readonly TimeSpan ListenerDrain = TimeSpan.FromSeconds(2), SinkDrain = TimeSpan.FromSeconds(6);

    private readonly ServiceShell _shell;
    private readonly ILogger _logger;
    private readonly SFlowListener _listener;

    private PestoService(ServiceShell shell, ILogger logger, SFlowListener listener, IPEndPoint metrics) =>
        (_shell, _logger, _listener, MetricsEndPoint) = (shell, logger, listener, metrics);

    /// <summary>The service's own metrics.</summary>
    public CollectorRegistry Registry => _shell.Registry;

    /// <summary>The address that exporters send to; null after the service has ended.</summary>
    public IPEndPoint? SFlowEndPoint => _listener.EndPoint;

    /// <summary>The address of the metrics.</summary>
    public IPEndPoint MetricsEndPoint { get; }

    /// <param name="options">Valid options.</param>
    /// <param name="logging">Takes the log lines.</param>
    /// <param name="time">Every clock of the service except the kernel's, which gives each datagram its time.</param>
    /// <param name="makeSink">Replaces the sink that the options ask for.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StartupException">A port, a file or a name that the options ask for cannot be used.</exception>
    public static Task<PestoService> StartAsync(
        PestoOptions options, ILoggerFactory logging, TimeProvider time, Func<SinkContext, IBatchSink>? makeSink = null,
        CancellationToken cancel = default)
    {
        var logger = logging.CreateLogger("Pesto");
        var shell = new ServiceShell(
            "pesto", options, logging, logger, time, (Listener, "sFlow: not listening (the service starts or ends)"));
        return shell.Parts.StartAsync(async () =>
        {
            var metricsEndPoint = await shell.StartMetricsAsync(cancel);
            var sink = shell.StartSink(options.Kafka with { DrainTimeout = SinkDrain }, makeSink);
            var outputs = new PipelineOutputs
            {
                Flows = shell.Output(options.FlowsTopic, sink)!,
                Counters = shell.Output(options.CountersTopic, sink),
            };
            shell.StartBatches(outputs.Flows, outputs.Counters);
            var pipeline = new ShardedPipeline(shell.Identity, options.Pipeline, outputs);
            var listener = new SFlowListener(options.Listen, pipeline.CreateDispatcher, logger, time);
            _ = new PestoMetrics(
                shell.Registry, shell.Accounts, options.FlowsTopic, options.Listen.MaxExporters, () => pipeline.Counters,
                listener.ReadCounters);
            await listener.StartAsync(cancel);
            shell.Parts.Add(Listener, listener.StopAsync, ListenerDrain);
            logger.Started(CommandLine.Version, listener.EndPoint!, metricsEndPoint, options.CollectorId);
            return new PestoService(shell, logger, listener, metricsEndPoint);
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
}
