using Microsoft.Extensions.Logging;
using Risotto.Curate;
using Shared.Hosting.Logging;

namespace Risotto.Telemetry;

/// <summary>
/// Logs which routes the collector has withdrawn without a message of the router, and the cause: one line for each peer and cause,
/// when all of them are withdrawn.
/// </summary>
internal sealed class WithdrawalLog : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly CurationCounters _counters;
    private readonly ILogger _logger;
    private readonly LogSampler _lines;
    private readonly ITimer _timer;

    public WithdrawalLog(CurationCounters counters, ILogger logger, TimeProvider time)
    {
        (_counters, _logger) = (counters, logger);
        // The limit is enough for the peers of a large router that does not come back.
        _lines = new LogSampler(200, TimeSpan.FromMinutes(1), time);
        _timer = time.CreateTimer(_ => Write(all: false), null, Period, Period);
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        Write(all: true);
    }

    private void Write(bool all)
    {
        foreach (var (cause, router, peer, count) in _counters.TakeEnded(all))
        {
            if (_lines.TryTake())
                _logger.RoutesWithdrawn(count, $"{router}", $"{peer.Address}", peer.Distinguisher, cause.Label());
        }
        if (_lines.TryTakeLeftOut(out long leftOut))
            _logger.WithdrawalLinesLeftOut(leftOut);
    }
}
