using System.Globalization;
using Shared.Hosting.Flags;

namespace Demo;

/// <summary>The demo's options, and the flags that set them.</summary>
internal sealed record DemoOptions
{
    /// <summary>The address that routers connect to.</summary>
    public required ChosenAddress Bmp { get; init; }

    /// <summary>The address that exporters send to.</summary>
    public required ChosenAddress SFlow { get; init; }

    /// <summary>The address of Risotto's metrics.</summary>
    public required ChosenAddress Metrics { get; init; }

    /// <summary>The address of Pesto's metrics.</summary>
    public required ChosenAddress PestoMetrics { get; init; }

    /// <summary>End when the captures are played and their records are compared.</summary>
    public required bool Once { get; init; }

    public required PlaySpeed Speed { get; init; }

    /// <param name="environment">Replaces the process's environment.</param>
    public static CommandLine<DemoOptions> CommandLine(Func<string, string?>? environment = null) => new(
        "demo",
        "Runs the collectors on an embedded Kafka broker, plays captures of real routers and switches to them, " +
        "and shows the records that it reads from the topics.",
        Read, environment: environment);

    private static DemoOptions Read(FlagReader flags)
    {
        flags.Group("Demo");
        return new DemoOptions
        {
            Once = flags.Switch("--once", "End when the captures are played: exit 0 if every record came back, else 1"),
            Speed = flags.Get("--speed", "1|N|max", PlaySpeed.Max, PlaySpeed.Parse,
                "1: as captured; N: N times as fast; max: as fast as the collector takes it"),
            Bmp = ReadAddress(flags, "--bmp-address", 4000, "The address that routers connect to"),
            SFlow = ReadAddress(flags, "--sflow-address", 6343, "The UDP address that sFlow exporters send to"),
            Metrics = ReadAddress(flags, "--metrics-address", 8080, "The address of Risotto's /metrics, /livez and /readyz"),
            PestoMetrics = ReadAddress(flags, "--pesto-metrics-address", 8081, "The address of Pesto's /metrics, /livez and /readyz"),
        };
    }

    private static ChosenAddress ReadAddress(FlagReader flags, string name, int port, string help)
    {
        var address = flags.Get(name, "HOST:PORT", new HostPort("0.0.0.0", port), HostPort.Parse,
            $"{help}. Without the flag, another port is used when this one is taken");
        return new ChosenAddress(address, flags.SourceOf(name) != FlagSource.Default);
    }
}

/// <summary>An address to listen on.</summary>
/// <param name="Address">The address.</param>
/// <param name="IsGiven">The user has asked for it: no other port will do.</param>
internal readonly record struct ChosenAddress(HostPort Address, bool IsGiven);

/// <summary>Captured seconds per second; infinity: as fast as the service takes it.</summary>
internal readonly record struct PlaySpeed(double Factor)
{
    public static readonly PlaySpeed Max = new(double.PositiveInfinity);

    /// <exception cref="FormatException">It is no speed; the message quotes it.</exception>
    public static PlaySpeed Parse(string text) =>
        text == "max" ? Max
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double factor)
            && factor > 0 && double.IsFinite(factor) ? new(factor)
        : throw new FormatException($"'{text}' is neither a positive number nor max");

    public override string ToString() => double.IsInfinity(Factor) ? "max" : Factor.ToString(CultureInfo.InvariantCulture);
}
