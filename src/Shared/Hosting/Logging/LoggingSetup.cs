using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Compact;
using Serilog.Sinks.SystemConsole.Themes;

namespace Shared.Hosting.Logging;

/// <summary>Serilog as an <see cref="ILoggerFactory"/> on stdout. No logger is static: services in one process have one each.</summary>
public static class LoggingSetup
{
    // UTC, RFC 3339 with microseconds; the level, right-aligned; source; message.
    private const string TextLine =
        "{UtcTimestamp:yyyy-MM-ddTHH:mm:ss.ffffffZ} {level,5} {SourceContext}: {Message:lj}{NewLine}{Exception}";

    /// <summary>Makes the factory. Disposing it writes what is still buffered.</summary>
    public static ILoggerFactory Create(LoggingOptions options) => new SerilogLoggerFactory(CreateLogger(options), dispose: true);

    private static Logger CreateLogger(LoggingOptions options)
    {
        var logger = new LoggerConfiguration().MinimumLevel.Is(LevelOf(options.Level)).Enrich.With(new LevelName());
        // Lines of ASP.NET Core are of interest only when they warn, or with -vv.
        if (options.Level is > LogLevel.Trace and < LogLevel.Warning)
            logger.MinimumLevel.Override("Microsoft", LogEventLevel.Warning);
        // Authentication brings it in. It warns that its keys are lost at the end, but nothing here uses them.
        logger.MinimumLevel.Override("Microsoft.AspNetCore.DataProtection", LogEventLevel.Error);
        // When an endpoint cannot start, ServiceProgram says why in one line that names the flag.
        logger.MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LevelAlias.Off);
        if (options.Json)
            logger.WriteTo.Console(new RenderedCompactJsonFormatter());
        else
            logger.WriteTo.Console(outputTemplate: TextLine, formatProvider: null, theme: Theme);
        return logger.CreateLogger();
    }

    private static ConsoleTheme Theme => Console.IsOutputRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 }
        ? ConsoleTheme.None
        : AnsiConsoleTheme.Code;

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

    /// <summary>Adds the level's name to each line. Compact JSON alone leaves it out for Information.</summary>
    private sealed class LevelName : ILogEventEnricher
    {
        private static readonly LogEventProperty[] Names =
        [
            .. new[] { "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL" }
                .Select(name => new LogEventProperty("level", new ScalarValue(name))),
        ];

        public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory) =>
            logEvent.AddPropertyIfAbsent(Names[(int)logEvent.Level]);
    }
}
