using Microsoft.Extensions.Time.Testing;
using Shared.Hosting.Logging;

namespace Shared.Tests.Hosting.Logging;

public sealed class LogSamplerTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    [Fact]
    public void Lines_above_the_limit_are_counted_and_reported_after_the_window()
    {
        var time = new FakeTimeProvider();
        var sampler = new LogSampler(3, Window, time);
        Assert.Equal([true, true, true, false, false], Enumerable.Range(0, 5).Select(_ => sampler.TryTake()));
        Assert.False(sampler.TryTakeLeftOut(out _));
        time.Advance(Window);
        // This line is counted too: the lines left out must be reported first.
        Assert.False(sampler.TryTake());
        Assert.True(sampler.TryTakeLeftOut(out long leftOut));
        Assert.Equal(3, leftOut);
        Assert.False(sampler.TryTakeLeftOut(out _));
        Assert.True(sampler.TryTake());
    }

    [Fact]
    public void A_window_without_too_many_lines_ends_in_silence()
    {
        var time = new FakeTimeProvider();
        var sampler = new LogSampler(2, Window, time);
        for (int i = 0; i < 10; i++)
        {
            Assert.True(sampler.TryTake());
            Assert.True(sampler.TryTake());
            time.Advance(Window);
            Assert.False(sampler.TryTakeLeftOut(out _));
        }
    }
}
