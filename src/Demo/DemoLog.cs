using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Demo;

/// <summary>The services' warnings and errors, kept until they can be shown: they must not run into the live table.</summary>
internal sealed class DemoLog : ILoggerProvider
{
    private const int MaxLines = 100;

    private readonly ConcurrentQueue<string> _lines = new();

    public ILogger CreateLogger(string categoryName) => new Category(categoryName, _lines);

    /// <summary>The lines since the last call.</summary>
    public IEnumerable<string> Take()
    {
        while (_lines.TryDequeue(out string? line))
            yield return line;
    }

    public void Dispose()
    {
    }

    private sealed class Category(string name, ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel) && lines.Count < MaxLines)
                lines.Enqueue($"{name}: {formatter(state, exception)}{(exception is null ? "" : $" ({exception.GetType().Name}: {exception.Message})")}");
        }
    }
}
