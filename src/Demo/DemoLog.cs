using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Demo;

/// <summary>Keeps the services' warnings and errors until the demo shows them, so that they do not break the live table.</summary>
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

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            string fault = exception is null ? "" : $" ({exception.GetType().Name}: {exception.Message})";
            if (IsEnabled(logLevel) && lines.Count < MaxLines)
                lines.Enqueue($"{name}: {formatter(state, exception)}{fault}");
        }
    }
}
