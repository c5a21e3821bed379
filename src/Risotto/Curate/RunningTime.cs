namespace Risotto.Curate;

/// <summary>
/// The time in which this process ran, for the hold and the sweeps. It is monotonic: a step of the wall clock changes nothing. The
/// service looks at it at least once a second, so a longer time between two looks means that the process stood still (SIGSTOP, a frozen
/// machine). What the routers said meanwhile has not been read then, so such a time counts as <see cref="LongestStep"/> at most.
/// Thread-safe.
/// </summary>
internal sealed class RunningTime(TimeProvider clock)
{
    public static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private long _lookedAt = clock.GetTimestamp();
    private TimeSpan _now;

    /// <summary>The time since this object was made.</summary>
    public TimeSpan Now
    {
        get
        {
            lock (_gate)
            {
                long timestamp = clock.GetTimestamp();
                var step = clock.GetElapsedTime(_lookedAt, timestamp);
                _lookedAt = timestamp;
                return _now += step < TimeSpan.Zero ? TimeSpan.Zero : step < LongestStep ? step : LongestStep;
            }
        }
    }
}
