using Pesto.State;

namespace Pesto.Tests.State;

public sealed class SequenceWindowTests
{
    private readonly SequenceWindow _window = new();
    private uint _uptimeMs = 100_000;

    [Fact]
    public void Numbers_in_order_miss_nothing_also_over_the_wrap()
    {
        foreach (uint sequence in (uint[])[uint.MaxValue - 1, uint.MaxValue, 0, 1, 2])
            Assert.Equal((SequenceStep.Next, 0u), Note(sequence));
    }

    [Theory]
    [InlineData(10u, 11u, 0u)]
    [InlineData(10u, 12u, 1u)]
    [InlineData(10u, 1010u, 999u)]
    [InlineData(uint.MaxValue, 4u, 4u)]
    [InlineData(uint.MaxValue - 5, 0u, 5u)]
    public void A_gap_is_counted_when_a_later_datagram_comes(uint last, uint next, uint missing)
    {
        Note(last);
        Assert.Equal((SequenceStep.Next, missing), Note(next));
    }

    [Fact]
    public void A_missing_number_that_comes_late_is_reported_once()
    {
        Note(10);
        Assert.Equal((SequenceStep.Next, 3u), Note(14));
        Assert.Equal((SequenceStep.Late, 0u), Note(12, back: 20));
        Assert.Equal((SequenceStep.Duplicate, 0u), Note(12, back: 20));
        Assert.Equal((SequenceStep.Late, 0u), Note(11, back: 30));
        Assert.Equal((SequenceStep.Duplicate, 0u), Note(14, back: 0));
        Assert.Equal((SequenceStep.Next, 0u), Note(15));
    }

    [Fact]
    public void Late_over_the_wrap()
    {
        Note(uint.MaxValue - 1);
        Assert.Equal((SequenceStep.Next, 2u), Note(1));
        Assert.Equal((SequenceStep.Late, 0u), Note(uint.MaxValue, back: 10));
        Assert.Equal((SequenceStep.Late, 0u), Note(0, back: 10));
    }

    [Fact]
    public void Numbers_before_the_first_one_are_no_loss()
    {
        Note(1000);
        Assert.Equal((SequenceStep.Duplicate, 0u), Note(999, back: 10));
    }

    [Theory]
    [InlineData(5_000_000u, 1u)]
    [InlineData(40u, 1u)]
    [InlineData(3_000_000_000u, 0u)]
    public void An_agent_that_restarts_its_counters_has_lost_nothing(uint last, uint first)
    {
        Note(last);
        _uptimeMs = 50;
        Assert.Equal((SequenceStep.Restart, 0u), Note(first));
        Assert.Equal((SequenceStep.Next, 0u), Note(first + 1));
        Assert.Equal((SequenceStep.Next, 2u), Note(first + 4));
    }

    [Fact]
    public void A_step_that_nobody_would_believe_is_a_new_beginning()
    {
        Note(1);
        Assert.Equal((SequenceStep.Restart, 0u), Note(2_000_000_000));
        Assert.Equal((SequenceStep.Next, 0u), Note(2_000_000_001));
    }

    // A model: numbers arrive in a seeded order with losses, repeats and late ones. The lost numbers are the missing ones less the late
    // ones.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Lost_is_missing_less_late(int seed)
    {
        const int sent = 20_000;
        var random = new Random(seed);
        uint first = uint.MaxValue - sent / 2;
        var arrivals = new List<(double At, uint Sequence)>();
        int lost = 0;
        for (int i = 0; i < sent; i++)
        {
            // The first and the last must come: a loss before the first or after the last cannot be seen.
            if (i is > 0 and < sent - 1 && random.Next(20) == 0)
            {
                lost++;
                continue;
            }
            double delay = i is 0 or sent - 1 ? 0 : random.Next(10) == 0 ? random.NextDouble() * 40 : 0;
            arrivals.Add((i + delay, first + (uint)i));
            if (random.Next(50) == 0 && i < sent - 60)
                arrivals.Add((i + delay + random.Next(1, 10), first + (uint)i));
        }
        long missing = 0, late = 0;
        foreach (var (_, sequence) in arrivals.OrderBy(a => a.At))
        {
            var (step, gap) = Note(sequence);
            Assert.NotEqual(SequenceStep.Restart, step);
            missing += gap;
            late += step == SequenceStep.Late ? 1 : 0;
        }
        Assert.Equal(lost, missing - late);
        Assert.True(late > 500);
    }

    private (SequenceStep, uint) Note(uint sequence, uint back = 0)
    {
        if (back == 0)
            _uptimeMs += 10;
        return (_window.Observe(sequence, _uptimeMs - back, out uint missing), missing);
    }
}
