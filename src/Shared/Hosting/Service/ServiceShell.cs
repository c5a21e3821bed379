using System.Net;
using Microsoft.Extensions.Logging;
using Prometheus;
using Shared.Delivery.Kafka;
using Shared.Delivery.Spool;
using Shared.Hosting.Metrics;
using Shared.Records;
using Shared.Records.Batch;

namespace Shared.Hosting.Service;

/// <summary>
/// The parts that every service has besides its own: the registry of metrics, the accounts of records, the identity, and the parts between
/// its input and Kafka. A service starts them in data order with its own parts between them.
/// </summary>
public sealed class ServiceShell
{
    private const string Sink = "sink";

    private readonly string _prefix;
    private readonly ServiceOptions _options;
    private readonly ILoggerFactory _logging;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly List<string> _epochFiles = [];
    private CollectorIdentity? _identity;
    private ulong _lastEpochNs;

    /// <param name="prefix">The first part of the metrics' names.</param>
    /// <param name="options">Valid options.</param>
    /// <param name="logging">Takes the log lines.</param>
    /// <param name="logger">Takes the service's own log lines.</param>
    /// <param name="time">Every clock of the service.</param>
    /// <param name="needs">The parts without which the service is not ready; the sink is one more.</param>
    public ServiceShell(
        string prefix, ServiceOptions options, ILoggerFactory logging, ILogger logger, TimeProvider time,
        params IEnumerable<(string Part, string Problem)> needs)
    {
        (_prefix, _options, _logging, _logger, _time) = (prefix, options, logging, logger, time);
        Parts = new ServiceHost(logger, time, [.. needs, (Sink, "Kafka: the service starts or ends")]);
    }

    /// <summary>The service's own metrics.</summary>
    public CollectorRegistry Registry { get; } = Prometheus.Metrics.NewCustomRegistry();

    /// <summary>The accounts of every record.</summary>
    public RecordAccounts Accounts { get; } = new();

    /// <summary>The name and the epoch of this instance, for every record.</summary>
    /// <exception cref="InvalidOperationException">The sink is not started: the spool may know a later epoch.</exception>
    public CollectorIdentity Identity => _identity ?? throw new InvalidOperationException("the sink starts before the identity is used");

    /// <summary>The parts that run.</summary>
    public ServiceHost Parts { get; }

    /// <summary>Answers Prometheus and the health checks. The first part, so that they see the others start.</summary>
    /// <returns>Where it listens.</returns>
    /// <exception cref="StartupException">The address cannot be listened on.</exception>
    public async Task<IPEndPoint> StartMetricsAsync(CancellationToken cancel)
    {
        DotNetStats.Register(Registry);
        _ = new RecordMetrics(_prefix, Registry, Accounts);
        var server = await MetricsServer.StartAsync(_prefix, _options.MetricsAddress, Registry, Parts.NotReady, _logging, cancel);
        Parts.Add("metrics endpoint", server.StopAsync);
        return server.Bound;
    }

    /// <summary>Keeps the epoch in this file too. To be called before the sink starts.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="lastNs">A time of the last run that is known from elsewhere; 0: none.</param>
    public void KeepEpoch(string path, ulong lastNs)
    {
        _epochFiles.Add(path);
        _lastEpochNs = Math.Max(_lastEpochNs, lastNs);
    }

    /// <summary>Starts the part that writes to Kafka, and decides on the epoch while it holds the lock of the spool.</summary>
    /// <param name="kafka">The service's options, with the time that the sink has to drain.</param>
    /// <param name="makeSink">Replaces the sink that the options ask for.</param>
    /// <exception cref="StartupException">A directory or the client's settings cannot be used.</exception>
    public IBatchSink StartSink(KafkaOptions kafka, Func<SinkContext, IBatchSink>? makeSink)
    {
        var context = new SinkContext(new KafkaMetrics(_prefix, Registry), Accounts, _logging.CreateLogger("Kafka"), _time)
        {
            Spool = kafka.Spool is { } spool ? new SpoolMetrics(_prefix, Registry, spool.MaxBytes, _time) : null,
        };
        var sink = makeSink?.Invoke(context) ?? SinkFactory.Create(kafka, _options.Topics, _options.Batches, context);
        Parts.Add(Sink, async _ => await sink.DisposeAsync(), () => sink.NotReady);
        if (kafka.Spool is { Directory: { } spoolFolder } && Directory.Exists(spoolFolder))
            _epochFiles.Add(Path.Combine(spoolFolder, "epoch"));
        _identity = new CollectorIdentity(
            _options.CollectorId, EpochFile.Next(_epochFiles, _lastEpochNs, UnixTime.NowNs(_time), _logger));
        return sink;
    }

    /// <summary>The batches of one topic; null for a topic that is off.</summary>
    public TopicWriter? Output(string? topic, IBatchSink sink) =>
        topic is null ? null : new TopicWriter(topic, _options.Batches, sink, _time, Accounts);

    /// <summary>Closes batches that have waited long enough, and all of them when the service ends.</summary>
    public void StartBatches(params IEnumerable<TopicWriter?> outputs)
    {
        TopicWriter[] open = [.. outputs.OfType<TopicWriter>()];
        var timer = new BatchTimer(open, _options.BatchWaitInterval, _time);
        Parts.Add("batches", async _ =>
        {
            await timer.DisposeAsync();
            foreach (var output in open)
                output.CloseDue(always: true);
        });
    }
}
