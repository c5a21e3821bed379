using Shared.Hosting.Flags;

namespace Demo;

/// <summary>The command line of the demo.</summary>
internal sealed class DemoFlags
{
    private readonly Flag<bool> _once;
    private readonly Flag<PlaySpeed> _speed;
    private readonly Flag<HostPort> _bmpAddress, _sFlowAddress, _metricsAddress, _pestoMetricsAddress;

    /// <param name="environment">Instead of the process's environment.</param>
    public DemoFlags(Func<string, string?>? environment = null)
    {
        Set = new FlagSet(
            "demo",
            "Runs the collectors on an embedded Kafka broker, plays captures of real routers and switches to them, and shows what comes off the topics.",
            environment);
        _once = Set.AddSwitch("--once", "End when the captures are played: exit 0 when every record came back, 1 when not");
        _speed = Set.Add("--speed", "1|N|max", PlaySpeed.Max, PlaySpeed.Parse, "1: as captured; N: N times as fast; max: as fast as the collector takes it");
        _bmpAddress = Set.Add("--bmp-address", "HOST:PORT", new HostPort("0.0.0.0", 4000), HostPort.Parse,
            "Where routers connect; when not given and the port is taken, another port");
        _sFlowAddress = Set.Add("--sflow-address", "HOST:PORT", new HostPort("0.0.0.0", 6343), HostPort.Parse,
            "Where sFlow exporters send to, UDP; when not given and the port is taken, another port");
        _metricsAddress = Set.Add("--metrics-address", "HOST:PORT", new HostPort("0.0.0.0", 8080), HostPort.Parse,
            "Where /metrics, /livez and /readyz of Risotto answer; when not given and the port is taken, another port");
        _pestoMetricsAddress = Set.Add("--pesto-metrics-address", "HOST:PORT", new HostPort("0.0.0.0", 8081), HostPort.Parse,
            "The same of Pesto");
    }

    public FlagSet Set { get; }

    public DemoOptions Read(FlagValues values) => new()
    {
        Once = values.Get(_once),
        Speed = values.Get(_speed),
        BmpAddress = values.Get(_bmpAddress),
        IsBmpPortFree = values.SourceOf(_bmpAddress) == FlagSource.Default,
        SFlowAddress = values.Get(_sFlowAddress),
        IsSFlowPortFree = values.SourceOf(_sFlowAddress) == FlagSource.Default,
        PestoMetricsAddress = values.Get(_pestoMetricsAddress),
        IsPestoMetricsPortFree = values.SourceOf(_pestoMetricsAddress) == FlagSource.Default,
        MetricsAddress = values.Get(_metricsAddress),
        IsMetricsPortFree = values.SourceOf(_metricsAddress) == FlagSource.Default,
    };
}
