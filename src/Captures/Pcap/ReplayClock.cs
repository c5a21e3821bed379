namespace Captures.Pcap;

/// <summary>Paces a replay: capture times, made faster or slower, on a clock that a test may hand in.</summary>
/// <param name="speed">Captured seconds per second; infinity does not wait at all.</param>
public sealed class ReplayClock(TimeProvider time, double speed)
{
    // Task.Delay takes no more than this at once.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private ulong _firstNs;
    private long _startedAt;
    private bool _started;

    /// <summary>Waits until a packet captured at <paramref name="captureNs"/> is due. The first call starts the clock and does not wait.</summary>
    public async ValueTask WaitUntilAsync(ulong captureNs, CancellationToken cancellation)
    {
        if (double.IsPositiveInfinity(speed))
            return;
        if (!_started)
        {
            (_started, _firstNs, _startedAt) = (true, captureNs, time.GetTimestamp());
            return;
        }
        // A packet from before the first (captures merge interfaces) is due at once.
        double dueSeconds = captureNs > _firstNs ? (captureNs - _firstNs) / 1e9 / speed : 0;
        while (true)
        {
            double waitSeconds = dueSeconds - time.GetElapsedTime(_startedAt).TotalSeconds;
            if (waitSeconds < 0.001)
                return;
            await Task.Delay(TimeSpan.FromSeconds(Math.Min(waitSeconds, LongestWait.TotalSeconds)), time, cancellation);
        }
    }
}
