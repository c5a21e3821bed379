using Microsoft.Extensions.Logging;

namespace Shared.Hosting.Service;

/// <summary>
/// The running parts of a service, in the order in which they were started. Stops them in reverse within the time to drain, and says
/// whether the service does its work.
/// </summary>
/// <param name="logger">Takes a line for each part that does not stop.</param>
/// <param name="time">Measures the time to drain.</param>
/// <param name="needs">What has to run for the service to be ready, by part: a line for <c>/readyz</c> while it does not run.</param>
public sealed partial class ServiceHost(ILogger logger, TimeProvider time, params IReadOnlyList<(string Part, string Problem)> needs)
    : IAsyncDisposable
{
    /// <summary>The time that all parts together have to drain. Container runtimes kill after 10 s.</summary>
    public static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(9);

    private readonly Lock _gate = new();
    private readonly Stack<Part> _running = new();

    /// <summary>Runs the code that starts the parts; when it fails, the parts that it has started are stopped again.</summary>
    public async Task<T> StartAsync<T>(Func<Task<T>> start)
    {
        try
        {
            return await start();
        }
        catch
        {
            await StopAsync();
            throw;
        }
    }

    /// <summary>Takes over a part that runs now.</summary>
    /// <param name="name">The part's name in the log.</param>
    /// <param name="stop">
    /// Completes when the part has nothing left to do. The token ends the time to drain: everything that still waits then gives up.
    /// </param>
    /// <param name="notReady">A line for <c>/readyz</c> while the part cannot do its work, else null.</param>
    public void Add(string name, Func<CancellationToken, Task> stop, Func<string?>? notReady = null)
    {
        lock (_gate)
            _running.Push(new Part(name, stop, notReady));
    }

    /// <summary>Takes over a part whose stop gets a limit of its own within the time to drain.</summary>
    public void Add(string name, Func<CancellationToken, Task> stop, TimeSpan limit) => Add(name, async abort =>
    {
        using var drain = CancellationTokenSource.CreateLinkedTokenSource(abort);
        drain.CancelAfter(limit);
        await stop(drain.Token);
    });

    /// <summary>The reasons why the service is not ready, a line each. Any thread.</summary>
    public IReadOnlyList<string> NotReady()
    {
        lock (_gate)
        {
            return [.. needs.Select(need => _running.FirstOrDefault(part => part.Name == need.Part) is { } part
                ? part.NotReady?.Invoke() : need.Problem).OfType<string>()];
        }
    }

    /// <summary>Stops the running parts. A part that fails or is late does not keep the others from stopping.</summary>
    public async Task StopAsync()
    {
        using var drain = new CancellationTokenSource(DrainTimeout, time);
        while (Pop() is { } part)
        {
            try
            {
                await part.Stop(drain.Token).WaitAsync(drain.Token);
            }
            catch (OperationCanceledException) when (drain.IsCancellationRequested)
            {
                LogLate(logger, part.Name, DrainTimeout.TotalSeconds);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                LogFailed(logger, part.Name, e);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private Part? Pop()
    {
        lock (_gate)
            return _running.TryPop(out var part) ? part : null;
    }

    [LoggerMessage(900, LogLevel.Error, "{Part} did not drain within {Seconds} s; what it held is lost", EventName = "DrainLate")]
    private static partial void LogLate(ILogger logger, string part, double seconds);

    [LoggerMessage(901, LogLevel.Error, "{Part} failed while it stopped", EventName = "DrainFailed")]
    private static partial void LogFailed(ILogger logger, string part, Exception exception);

    private sealed record Part(string Name, Func<CancellationToken, Task> Stop, Func<string?>? NotReady);
}
