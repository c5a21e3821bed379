using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Shared.Tests.Delivery.Kafka;

/// <summary>Keeps the lines of Information and above, and lets a test wait for an event id.</summary>
internal sealed class RecordingLog : ILogger
{
    private readonly ConcurrentQueue<(int Id, LogLevel Level, string Text)> _lines = [];
    private readonly ConcurrentDictionary<int, SemaphoreSlim> _signals = [];

    public IEnumerable<(int Id, LogLevel Level, string Text)> Lines => _lines.Where(line => line.Level >= LogLevel.Information);

    public int Count(int id) => _lines.Count(line => line.Id == id);

    /// <summary>Waits for one more line of that event than was waited for before.</summary>
    public async Task<string> NextAsync(int id, int seconds = 300)
    {
        if (!await SignalOf(id).WaitAsync(TimeSpan.FromSeconds(seconds), TestContext.Current.CancellationToken))
            Assert.Fail($"no line {id} within {seconds} s; there is: {string.Join(" | ", Lines.Select(line => line.Text))}");
        return _lines.Last(line => line.Id == id).Text;
    }

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue((eventId.Id, logLevel, formatter(state, exception)));
        SignalOf(eventId.Id).Release();
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public ILoggerFactory ToFactory() => new Factory(this);

    private SemaphoreSlim SignalOf(int id) => _signals.GetOrAdd(id, _ => new SemaphoreSlim(0));

    private sealed class Factory(RecordingLog log) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => log;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }
}
