using Pesto.Listen;
using Pesto.Pipeline;
using Shared.Delivery.Kafka;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;

namespace Pesto;

/// <summary>The collector's options, and the flags that set them.</summary>
internal sealed record PestoOptions : ServiceOptions
{
    // A flow without router and gateway records.
    private const int TypicalRecordBytes = 400;

    private const string WhenFull = "datagrams are dropped and counted";

    public PestoOptions()
        : base(new KafkaOptions { SaslUsername = "pesto", SaslPassword = "pesto" }, PipelineOutputs.MaxRecordBytes)
    {
    }

    public ListenOptions Listen { get; init; } = new();

    public PipelineOptions Pipeline { get; init; } = new();

    public string FlowsTopic { get; init; } = "pesto-sflow";

    /// <summary>Interface counters; null: off.</summary>
    public string? CountersTopic { get; init; }

    public override IReadOnlyList<string> Topics => [.. new[] { FlowsTopic, CountersTopic }.OfType<string>()];

    /// <param name="environment">Replaces the process's environment.</param>
    public static CommandLine<PestoOptions> CommandLine(Func<string, string?>? environment = null) => new(
        "pesto", "Takes sFlow version 5 from switches and hosts and writes each flow sample to Kafka as a Cap'n Proto record.", Read,
        environment: environment);

    private static PestoOptions Read(FlagReader flags)
    {
        var defaults = new PestoOptions();
        var options = new PestoOptions
        {
            Listen = ReadListen(flags, defaults.Listen),
            Pipeline = new PipelineOptions
            {
                IncludeIpv4 = flags.Switch("--include-ipv4",
                    "Write flows of IPv4 packets too, their addresses as ::ffff:a.b.c.d. Without it they are only counted"),
            },
            Kafka = KafkaFlags.Read(flags, defaults.Kafka, WhenFull),
        };
        options = Read(flags, ReadTopics(flags, options), TypicalRecordBytes, WhenFull);
        flags.Group("Metrics");
        int maxExporters = flags.Get("--metrics-max-exporters", "N", defaults.Listen.MaxExporters, FlagText.Integer(0, 65_536),
            "Maximum number of exporters with metric series of their own. The others are counted as exporter=\"other\"");
        return options with { Listen = options.Listen with { MaxExporters = maxExporters } };
    }

    private static ListenOptions ReadListen(FlagReader flags, ListenOptions defaults)
    {
        flags.Group("Exporters");
        var options = new ListenOptions
        {
            Address = flags.Get("--sflow-address", "HOST:PORT", defaults.Address, HostPort.Parse,
                "The UDP address that exporters send to. [::]:6343 takes IPv6 and IPv4"),
            Allow = flags.List("--allow", "PREFIX", defaults.Allow, FlagText.Prefix,
                "Exporters that may send, e.g. 2001:db8::/32. Without it every exporter may"),
            Sockets = flags.Get("--sflow-sockets", "N", defaults.Sockets, FlagText.Integer(1, 256),
                "Number of sockets on that port, each with a thread. The kernel spreads the exporters over them"),
            ReceiveBufferBytes = flags.Get("--sflow-receive-buffer-bytes", "BYTES", defaults.ReceiveBufferBytes,
                FlagText.Integer(0, 1 << 30), "Size of the kernel's receive buffer of each socket, bytes. 0: the kernel's default"),
        };
        return options.Sockets == 1 || OperatingSystem.IsLinux()
            ? options
            : throw new UsageException($"--sflow-sockets: {options.Sockets} sockets on one port need Linux; leave it at 1");
    }

    private static PestoOptions ReadTopics(FlagReader flags, PestoOptions defaults)
    {
        flags.Group("Records");
        string flows = KafkaFlags.ReadTopic(flags, "--kafka-topic", defaults.FlowsTopic, "Topic of the flow samples (sflow.capnp)");
        bool writesCounters = flags.Switch("--counters-enable", "Write interface counters too");
        string counters = KafkaFlags.ReadTopic(flags, "--kafka-counters-topic", "pesto-counters", "Topic of the interface counters");
        return writesCounters && counters == flows
            ? throw new UsageException($"--kafka-counters-topic: {counters} is --kafka-topic too, but their schemas differ")
            : defaults with { FlowsTopic = flows, CountersTopic = writesCounters ? counters : null };
    }
}
