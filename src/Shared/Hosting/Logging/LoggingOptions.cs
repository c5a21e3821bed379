using Microsoft.Extensions.Logging;

namespace Shared.Hosting.Logging;

/// <summary>The level and the format of the log on stdout.</summary>
public sealed record LoggingOptions
{
    /// <summary>The lowest level that is written; <see cref="LogLevel.None"/>: nothing is.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>True: one compact JSON object a line, for Loki. False: text for people.</summary>
    public bool Json { get; init; }
}
