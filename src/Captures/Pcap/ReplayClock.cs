namespace Captures.Pcap;

/// <summary>Paces a replay by capture times, faster or slower, on any clock.</summary>
/// <param name="speed">Captured seconds per second; infinity: no waiting.</param>
public sealed class ReplayClock(TimeProvider time, double speed)
{
    // Task.Delay accepts no more than 49 days.
    private static readonly TimeSpan MaxWait = TimeSpan.FromDays(1);

    private ulong _firstNs;
    private long _startedAt;
    private bool _started;

    /// <summary>
    /// Waits until a packet that was captured at <paramref name="captureNs"/> is due. The first call starts the clock and does not wait.
    /// </summary>
    public async ValueTask WaitUntilAsync(ulong captureNs, CancellationToken cancellation)
    {
        if (double.IsPositiveInfinity(speed))
            return;
        if (!_started)
        {
            (_started, _firstNs, _startedAt) = (true, captureNs, time.GetTimestamp());
            return;
        }
        // A packet from before the first is due at once; such packets come from captures of several interfaces.
        double dueSeconds = captureNs > _firstNs ? (captureNs - _firstNs) / 1e9 / speed : 0;
        while (true)
        {
            double waitSeconds = dueSeconds - time.GetElapsedTime(_startedAt).TotalSeconds;
            if (waitSeconds < 0.001)
                return;
            await Task.Delay(TimeSpan.FromSeconds(Math.Min(waitSeconds, MaxWait.TotalSeconds)), time, cancellation);
        }
    }
}
