using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Risotto.Tests.Listen;

/// <summary>Keeps the log lines of warnings and errors.</summary>
internal sealed class RecordedLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyList<string> Warnings => [.. _lines];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?,
        string> formatter)
    {
        if (IsEnabled(logLevel))
            _lines.Enqueue(exception is null ? formatter(state, exception) : $"{formatter(state, exception)}: {exception}");
    }

    public void Dispose()
    {
    }
}
