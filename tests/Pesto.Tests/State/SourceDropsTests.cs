using Pesto.State;

namespace Pesto.Tests.State;

public sealed class SourceDropsTests
{
    private readonly SourceDrops _drops = new();

    [Fact]
    public void Each_source_counts_for_itself_from_its_first_value()
    {
        Assert.Equal(0u, _drops.Observe(0, 1, 500));
        Assert.Equal(0u, _drops.Observe(0, 2, 0));
        Assert.Equal(0u, _drops.Observe(1, 1, 7));
        Assert.Equal(12u, _drops.Observe(0, 1, 512));
        Assert.Equal(3u, _drops.Observe(0, 2, 3));
        Assert.Equal(0u, _drops.Observe(1, 1, 7));
    }

    [Fact]
    public void A_restart_and_a_wrap_of_a_counter_are_distinguished()
    {
        _drops.Observe(0, 1, 1000);
        Assert.Equal(4u, _drops.Observe(0, 1, 4));
        _drops.Observe(0, 2, uint.MaxValue - 1);
        Assert.Equal(5u, _drops.Observe(0, 2, 3));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 63)]
    [InlineData(0, 64)]
    [InlineData(0, SourceDrops.MaxSources - 1)]
    [InlineData(0, SourceDrops.MaxSources)]
    [InlineData(0, uint.MaxValue)]
    [InlineData(3, 63)]
    public void A_source_that_lost_nothing_for_long_counts_when_it_does(byte type, uint id)
    {
        uint[] drops = [0, 0, 4, 4, 0, 0, 2];
        Assert.Equal([0u, 0u, 4u, 0u, 0u, 0u, 2u], drops.Select(count => _drops.Observe(type, id, count)));
        // The neighbouring sources are still new.
        Assert.Equal(0u, _drops.Observe(type, id ^ 1, 9));
        Assert.Equal(0u, _drops.Observe((byte)(type ^ 1), id, 9));
    }

    [Fact]
    public void Sources_are_followed_up_to_the_limit()
    {
        for (uint i = 0; i < SourceDrops.MaxSources + 500; i++)
            Assert.Equal(0u, _drops.Observe(0, i, i));
        for (uint i = 0; i < SourceDrops.MaxSources + 500; i++)
            Assert.Equal(i < SourceDrops.MaxSources ? 2u : 0u, _drops.Observe(0, i, i + 2));
    }
}
