using System.Globalization;
using Shared.Hosting.Flags;

namespace Demo;

/// <summary>What the demo can be told.</summary>
internal sealed record DemoOptions
{
    /// <summary>Where routers connect.</summary>
    public required HostPort BmpAddress { get; init; }

    /// <summary>Where exporters send to.</summary>
    public required HostPort SFlowAddress { get; init; }

    /// <summary>Where Pesto's metrics are.</summary>
    public required HostPort PestoMetricsAddress { get; init; }

    /// <summary>Where the metrics are.</summary>
    public required HostPort MetricsAddress { get; init; }

    /// <summary>The user has not chosen the BMP address: where its port is taken, any other does.</summary>
    public required bool IsBmpPortFree { get; init; }

    /// <inheritdoc cref="IsBmpPortFree"/>
    public required bool IsMetricsPortFree { get; init; }

    /// <inheritdoc cref="IsBmpPortFree"/>
    public required bool IsSFlowPortFree { get; init; }

    /// <inheritdoc cref="IsBmpPortFree"/>
    public required bool IsPestoMetricsPortFree { get; init; }

    /// <summary>End when the captures are played and their records are compared.</summary>
    public required bool Once { get; init; }

    public required PlaySpeed Speed { get; init; }
}

/// <summary>Captured seconds per second; infinity: as fast as the service takes it.</summary>
internal readonly record struct PlaySpeed(double Factor)
{
    public static readonly PlaySpeed Max = new(double.PositiveInfinity);

    /// <exception cref="FormatException">It is no speed; the message quotes it.</exception>
    public static PlaySpeed Parse(string text) =>
        text == "max" ? Max
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double factor) && factor > 0 && double.IsFinite(factor) ? new(factor)
        : throw new FormatException($"'{text}' is neither a positive number nor max");

    public override string ToString() => double.IsInfinity(Factor) ? "max" : Factor.ToString(CultureInfo.InvariantCulture);
}
