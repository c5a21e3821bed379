using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Compact;
using Serilog.Sinks.SystemConsole.Themes;

namespace Shared.Hosting.Logging;

/// <summary>Serilog behind <see cref="ILoggerFactory"/>, on stdout. No static logger: services that share a process have one each.</summary>
public static class LoggingSetup
{
    // UTC, RFC 3339 with microseconds; the level right-aligned as ever; source; message.
    private const string TextLine = "{UtcTimestamp:yyyy-MM-ddTHH:mm:ss.ffffffZ} {level,5} {SourceContext}: {Message:lj}{NewLine}{Exception}";

    /// <summary>The factory owns what it writes with: disposing it flushes.</summary>
    public static ILoggerFactory Create(LoggingOptions options) => new SerilogLoggerFactory(CreateLogger(options), dispose: true);

    private static Logger CreateLogger(LoggingOptions options)
    {
        var logger = new LoggerConfiguration().MinimumLevel.Is(LevelOf(options.Level)).Enrich.With(new LevelName());
        // ASP.NET Core's own lines are news only when they warn, or to someone who asks for everything.
        if (options.Level is > LogLevel.Trace and < LogLevel.Warning)
            logger.MinimumLevel.Override("Microsoft", LogEventLevel.Warning);
        // It comes with authentication, warns that its keys are lost at the end, and protects nothing here.
        logger.MinimumLevel.Override("Microsoft.AspNetCore.DataProtection", LogEventLevel.Error);
        // Why an endpoint cannot start is said once, by ServiceProgram, in a line that names the flag.
        logger.MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LevelAlias.Off);
        if (options.Json)
            logger.WriteTo.Console(new RenderedCompactJsonFormatter());
        else
            logger.WriteTo.Console(outputTemplate: TextLine, formatProvider: null, theme: Theme);
        return logger.CreateLogger();
    }

    private static ConsoleTheme Theme =>
        Console.IsOutputRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } ? ConsoleTheme.None : AnsiConsoleTheme.Code;

    private static LogEventLevel LevelOf(LogLevel level) => level switch
    {
        LogLevel.Trace => LogEventLevel.Verbose,
        LogLevel.Debug => LogEventLevel.Debug,
        LogLevel.Information => LogEventLevel.Information,
        LogLevel.Warning => LogEventLevel.Warning,
        LogLevel.Error => LogEventLevel.Error,
        LogLevel.Critical => LogEventLevel.Fatal,
        _ => LevelAlias.Off,
    };

    /// <summary>The level's name in both formats: compact JSON leaves it out for Information otherwise.</summary>
    private sealed class LevelName : ILogEventEnricher
    {
        private static readonly LogEventProperty[] Names =
            [.. new[] { "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL" }.Select(name => new LogEventProperty("level", new ScalarValue(name)))];

        public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory) => logEvent.AddPropertyIfAbsent(Names[(int)logEvent.Level]);
    }
}
