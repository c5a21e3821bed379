using System.Text;
using Shared.Delivery.Kafka;
using Shared.Hosting.Flags;
using Shared.Hosting.Logging;
using Shared.Records.Batch;

namespace Shared.Hosting.Service;

/// <summary>The options that every service has.</summary>
public abstract record ServiceOptions
{
    private const int MaxCollectorIdBytes = 200;

    /// <param name="kafka">The service's own defaults.</param>
    /// <param name="maxRecordBytes">The size of the largest record.</param>
    protected ServiceOptions(KafkaOptions kafka, int maxRecordBytes)
    {
        Kafka = kafka;
        Batches = new BatchOptions { MaxRecordBytes = maxRecordBytes };
    }

    /// <summary>The address for Prometheus and for the orchestrator's health checks.</summary>
    public HostPort MetricsAddress { get; init; } = new("0.0.0.0", 8080);

    /// <summary>The name of this instance in every record.</summary>
    public string CollectorId { get; init; } = Environment.MachineName;

    public KafkaOptions Kafka { get; init; }

    public BatchOptions Batches { get; init; }

    /// <summary>The interval at which the service looks for batches that have waited long enough.</summary>
    public TimeSpan BatchWaitInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    public LoggingOptions Logging { get; init; } = new();

    /// <summary>The topics that the service writes batches to.</summary>
    public abstract IReadOnlyList<string> Topics { get; }

    /// <summary>Adds the values of the flags that every service has.</summary>
    /// <param name="flags">The service's flags.</param>
    /// <param name="options">The service's options, with Kafka and topics.</param>
    /// <param name="typicalRecordBytes">The size of a usual record.</param>
    /// <param name="whenFull">What the service does when the memory is full.</param>
    /// <exception cref="UsageException">Names the flag.</exception>
    protected static T Read<T>(FlagReader flags, T options, int typicalRecordBytes, string whenFull)
        where T : ServiceOptions
    {
        options = options with
        {
            CollectorId = flags.Get("--collector-id", "NAME", options.CollectorId, FlagText.Any,
                "The name of this instance in every record", defaultInWords: "the host name"),
            Batches = BatchFlags.Read(
                flags, options.Batches, options.Topics.Count, typicalRecordBytes, options.Kafka.Spool is not null, whenFull),
            BatchWaitInterval = BatchFlags.ReadInterval(flags, options.BatchWaitInterval),
        };
        flags.Group("Metrics");
        options = options with
        {
            MetricsAddress = flags.Get("--metrics-address", "HOST:PORT", options.MetricsAddress, HostPort.Parse,
                "The address of /metrics, /livez and /readyz"),
            Logging = LoggingFlags.Read(flags),
        };
        return Encoding.UTF8.GetByteCount(options.CollectorId) is > 0 and <= MaxCollectorIdBytes
            ? options
            : throw new UsageException($"--collector-id: has to have 1 to {MaxCollectorIdBytes} bytes");
    }
}
