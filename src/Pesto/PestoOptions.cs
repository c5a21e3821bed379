using System.Net;
using Pesto.Pipeline;
using Shared.Delivery.Kafka;
using Shared.Hosting.Flags;
using Shared.Records.Batch;

namespace Pesto;

/// <summary>All that a collector can be told. <see cref="PestoFlags"/> makes it from the command line and the environment.</summary>
internal sealed record PestoOptions
{
    /// <summary>Where exporters send to; [::] takes IPv4 and IPv6. 6343 is IANA's port for sFlow.</summary>
    public HostPort SFlowAddress { get; init; } = new("0.0.0.0", 6343);

    /// <summary>Sockets on that port, each with a thread. One takes what a core takes in; an exporter keeps to one socket.</summary>
    public int Sockets { get; init; } = 1;

    /// <summary>What to ask the kernel for, for each socket: 16 MiB hold about 7,000 datagrams of 1,400 octets. 0: the kernel's own default.</summary>
    public int ReceiveBufferBytes { get; init; } = 16 << 20;

    /// <summary>Where Prometheus and the orchestrator ask.</summary>
    public HostPort MetricsAddress { get; init; } = new("0.0.0.0", 8080);

    /// <summary>Who may send; empty: everyone, as ever.</summary>
    public IReadOnlyList<IPNetwork> Allow { get; init; } = [];

    /// <summary>Exporters with metric series of their own; the others share one. UDP's source addresses prove nothing.</summary>
    public int MetricsMaxExporters { get; init; } = 256;

    public PipelineOptions Pipeline { get; init; } = new();

    public KafkaOptions Kafka { get; init; } = new() { SaslUsername = "pesto", SaslPassword = "pesto" };

    public BatchOptions Batches { get; init; } = new() { MaxRecordBytes = PipelineOutputs.MaxRecordBytes };

    /// <summary>How often it is looked for batches that have waited long enough.</summary>
    public TimeSpan BatchWaitInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    public string FlowsTopic { get; init; } = "pesto-sflow";

    /// <summary>Interface counters; null: off.</summary>
    public string? CountersTopic { get; init; }

    /// <summary>Those that are on.</summary>
    public IReadOnlyList<string> Topics => [.. new[] { FlowsTopic, CountersTopic }.OfType<string>()];

    /// <summary>Stands in every record.</summary>
    public string CollectorId { get; init; } = Environment.MachineName;

    /// <summary>What the flags' own parsers cannot see: values that do not go together.</summary>
    /// <exception cref="UsageException">Names the flag.</exception>
    public PestoOptions Validate()
    {
        if (System.Text.Encoding.UTF8.GetByteCount(CollectorId) is 0 or > 200)
            throw new UsageException("--collector-id: has to have 1 to 200 bytes");
        if (Sockets > 1 && !OperatingSystem.IsLinux())
            throw new UsageException($"--sflow-sockets: {Sockets} sockets on one port need Linux; leave it at 1");
        if (CountersTopic == FlowsTopic)
            throw new UsageException($"--kafka-counters-topic: {CountersTopic} is --kafka-topic too, but their schemas differ");
        return this;
    }
}
