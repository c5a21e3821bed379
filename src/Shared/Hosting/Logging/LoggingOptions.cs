using Microsoft.Extensions.Logging;

namespace Shared.Hosting.Logging;

/// <summary>What is logged, and how it is written to stdout.</summary>
public sealed record LoggingOptions
{
    /// <summary>From this level on; <see cref="LogLevel.None"/>: nothing.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>One compact JSON object a line, for Loki; else text for people.</summary>
    public bool Json { get; init; }
}
