using System.Diagnostics;

namespace EndToEnd.Tests;

/// <summary>Waits for other processes, whose state cannot be signalled: looks again and again until a bound.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    /// <param name="failure">What to say when <paramref name="timeout"/> is over.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan timeout, Func<string> failure, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Period);
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < timeout, $"{failure()} (after {timeout})");
            await timer.WaitForNextTickAsync(cancel);
        }
    }
}
