using Captures.Pcap;
using Microsoft.Extensions.Time.Testing;

namespace Captures.Tests.Pcap;

public sealed class ReplayClockTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(1, 2000)]
    [InlineData(4, 500)]
    public async Task A_packet_waits_for_its_captured_time_divided_by_the_speed(double speed, int milliseconds)
    {
        var clock = new ReplayClock(_time, speed);
        await clock.WaitUntilAsync(5_000_000_000, TestContext.Current.CancellationToken);
        var due = clock.WaitUntilAsync(7_000_000_000, TestContext.Current.CancellationToken).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds - 10));
        Assert.False(due.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        await due.WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);
        await clock.WaitUntilAsync(1, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Without_pace_nothing_waits()
    {
        var clock = new ReplayClock(_time, double.PositiveInfinity);
        await clock.WaitUntilAsync(0, TestContext.Current.CancellationToken);
        await clock.WaitUntilAsync(ulong.MaxValue, TestContext.Current.CancellationToken);
    }
}
