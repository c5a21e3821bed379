using System.Net;
using Pesto.Pipeline;
using Shared.Hosting.Flags;
using Shared.Hosting.Logging;

namespace Pesto;

/// <summary>The command line: flags in the order of <c>--help</c>, and how they become options.</summary>
internal sealed class PestoFlags
{
    // What a flow without router and gateway records takes.
    private const int TypicalRecordBytes = 400;

    private static readonly PestoOptions Defaults = new();

    private readonly Flag<HostPort> _sFlowAddress, _metricsAddress;
    private readonly Flag<IReadOnlyList<IPNetwork>> _allow;
    private readonly Flag<int> _sockets, _receiveBufferBytes, _maxExporters;
    private readonly Flag<bool> _includeIpv4, _countersEnable;
    private readonly Flag<string> _topic, _countersTopic, _collectorId;
    private readonly KafkaFlags _kafka;
    private readonly LoggingFlags _logging;

    /// <param name="environment">Instead of the process's environment.</param>
    public PestoFlags(Func<string, string?>? environment = null)
    {
        var flags = Set = new FlagSet("pesto", "Takes sFlow version 5 from switches and hosts and writes each flow sample to Kafka as a Cap'n Proto record.", environment);
        _sFlowAddress = flags.Add("--sflow-address", "HOST:PORT", Defaults.SFlowAddress, HostPort.Parse, "Where exporters send to, UDP; [::]:6343 takes IPv6 and IPv4");
        _allow = flags.AddList("--allow", "PREFIX", Defaults.Allow, FlagText.Prefix, "Exporters that may send, e.g. 2001:db8::/32; none given: everyone");
        _sockets = flags.Add("--sflow-sockets", "N", Defaults.Sockets, FlagText.Integer(1, 256),
            "Sockets on that port, a thread each; the kernel spreads the exporters among them");
        _receiveBufferBytes = flags.Add("--sflow-receive-buffer-bytes", "BYTES", Defaults.ReceiveBufferBytes, FlagText.Integer(0, 1 << 30),
            "Most bytes that wait in the kernel for each socket; 0: as the kernel does by itself");
        _includeIpv4 = flags.AddSwitch("--include-ipv4", "Write flows of IPv4 packets too, their addresses as ::ffff:a.b.c.d; else they are counted only");
        _collectorId = flags.Add("--collector-id", "NAME", Defaults.CollectorId, FlagText.Any, "This collector's name in every record");

        _kafka = new KafkaFlags(flags, "pesto", TypicalRecordBytes, whenFull: "datagrams are dropped and counted");
        _topic = flags.Add("--kafka-topic", "TOPIC", Defaults.FlowsTopic, KafkaFlags.Topic, "Topic of the flow samples (sflow.capnp)");
        _countersEnable = flags.AddSwitch("--counters-enable", "Write interface counters too");
        _countersTopic = flags.Add("--kafka-counters-topic", "TOPIC", "pesto-counters", KafkaFlags.Topic, "Topic of the interface counters");

        _metricsAddress = flags.Add("--metrics-address", "HOST:PORT", Defaults.MetricsAddress, HostPort.Parse, "Where /metrics, /livez and /readyz answer");
        _maxExporters = flags.Add("--metrics-max-exporters", "N", Defaults.MetricsMaxExporters, FlagText.Integer(0, 65_536),
            "Most exporters with metric series of their own; the others are counted as exporter=\"other\"");
        _logging = new LoggingFlags(flags);
    }

    public FlagSet Set { get; }

    /// <exception cref="UsageException">Names the flag.</exception>
    public (PestoOptions Options, LoggingOptions Logging) Read(FlagValues values)
    {
        var options = ReadService(values).Validate();
        return (options with { Batches = _kafka.ReadBatches(values, PipelineOutputs.MaxRecordBytes, options.Topics.Count) }, _logging.Read(values));
    }

    private PestoOptions ReadService(FlagValues values) => new()
    {
        SFlowAddress = values.Get(_sFlowAddress),
        MetricsAddress = values.Get(_metricsAddress),
        Allow = values.Get(_allow),
        Sockets = values.Get(_sockets),
        ReceiveBufferBytes = values.Get(_receiveBufferBytes),
        MetricsMaxExporters = values.Get(_maxExporters),
        Pipeline = new PipelineOptions { IncludeIpv4 = values.Get(_includeIpv4) },
        Kafka = _kafka.ReadKafka(values),
        BatchWaitInterval = _kafka.BatchWaitInterval(values),
        FlowsTopic = values.Get(_topic),
        CountersTopic = values.Get(_countersEnable) ? values.Get(_countersTopic) : null,
        CollectorId = values.Get(_collectorId),
    };
}
