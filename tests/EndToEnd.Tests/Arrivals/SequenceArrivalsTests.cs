using Load.Arrivals;

namespace EndToEnd.Tests.Arrivals;

public sealed class SequenceArrivalsTests
{
    [Theory]
    [InlineData("1 2 3", 3, 0, 0, 0)]
    [InlineData("1 2 4", 3, 1, 0, 0)]
    [InlineData("1 3 2", 3, 0, 0, 1)]
    [InlineData("1 2 2 1 3", 3, 0, 2, 0)]
    [InlineData("2 3 2 1", 3, 0, 1, 1)]
    [InlineData("200000", 1, 199_999, 0, 0)]
    public void Gaps_repetitions_and_late_numbers_are_distinguished(
        string sequences, long distinct, long missing, long duplicates, long late)
    {
        var arrivals = new SequenceArrivals();
        foreach (string sequence in sequences.Split(' '))
            arrivals.Add(ulong.Parse(sequence, null));
        Assert.Equal((distinct, missing, duplicates, late), (arrivals.Distinct, arrivals.Missing, arrivals.Duplicates, arrivals.Late));
    }
}
