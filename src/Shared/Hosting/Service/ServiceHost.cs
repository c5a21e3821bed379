using Microsoft.Extensions.Logging;

namespace Shared.Hosting.Service;

/// <summary>Starts a service's parts in order and stops them in reverse, within the time to drain.</summary>
/// <param name="parts">What feeds others stands behind them: it starts last and stops first.</param>
/// <param name="logger">Where it is said which part does not stop.</param>
/// <param name="time">Measures the time to drain.</param>
public sealed partial class ServiceHost(IReadOnlyList<ServicePart> parts, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    /// <summary>All parts together; container runtimes kill after 10 s.</summary>
    public static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(9);

    private readonly Stack<ServicePart> _running = new();

    /// <exception cref="StartupException">A part cannot start; those before it are stopped again.</exception>
    public async Task StartAsync(CancellationToken cancel = default)
    {
        try
        {
            foreach (var part in parts)
            {
                await part.StartAsync(cancel);
                _running.Push(part);
            }
        }
        catch
        {
            await StopAsync();
            throw;
        }
    }

    /// <summary>Stops what runs. A part that fails or is late does not keep the others from stopping.</summary>
    public async Task StopAsync()
    {
        using var drain = new CancellationTokenSource(DrainTimeout, time);
        while (_running.TryPop(out var part))
        {
            try
            {
                await part.StopAsync(drain.Token).WaitAsync(drain.Token);
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

    [LoggerMessage(900, LogLevel.Error, "{Part} did not drain within {Seconds} s; what it held is lost", EventName = "DrainLate")]
    private static partial void LogLate(ILogger logger, string part, double seconds);

    [LoggerMessage(901, LogLevel.Error, "{Part} failed while it stopped", EventName = "DrainFailed")]
    private static partial void LogFailed(ILogger logger, string part, Exception exception);
}
