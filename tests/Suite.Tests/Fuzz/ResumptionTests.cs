namespace Suite.Tests.Fuzz;

/// <summary>Where the network cuts a router's stream, and where the sinks make it wait, is not to be seen in any topic.</summary>
public sealed class ResumptionTests
{
    private const int Runs = 5;

    [Fact]
    public void Captured_streams_give_the_same_octets_however_they_are_cut_and_stopped()
    {
        var bench = new BmpBench();
        Assert.NotEmpty(BmpCorpus.Captured.Streams);
        foreach (var stream in BmpCorpus.Captured.Streams)
        {
            var random = SeededRandom.Of(stream.Octets);
            bench.Run(bench.Straight, stream.Octets, ref random);
            Assert.True(bench.Straight.Peers.Records > 0 && bench.Straight.Counters.Messages > 0);
            for (int run = 0; run < Runs; run++)
            {
                bench.Run(bench.Chopped, stream.Octets, ref random);
                BmpBench.AssertSame(bench.Straight, bench.Chopped);
            }
        }
    }

    [Fact]
    public void Captured_streams_are_curated_alike_however_they_are_cut_and_stopped()
    {
        var bench = new BmpBench();
        long suppressed = 0;
        foreach (var stream in BmpCorpus.Captured.Streams)
        {
            var random = SeededRandom.Of(stream.Octets);
            bench.Run(bench.Curated, stream.Octets, ref random);
            suppressed += bench.Curated.Counters.Suppressed;
            for (int run = 0; run < Runs; run++)
            {
                bench.Run(bench.CuratedChopped, stream.Octets, ref random);
                BmpBench.AssertSame(bench.Curated, bench.CuratedChopped);
            }
        }
        Assert.True(suppressed > 0);
    }

    [Fact]
    public void Captured_streams_lose_nothing_while_waits_end_by_the_clock()
    {
        var bench = new BmpBench();
        foreach (var stream in BmpCorpus.Captured.Streams)
        {
            var random = SeededRandom.Of(stream.Octets);
            for (int run = 0; run < Runs; run++)
                bench.Run(bench.ChoppedInTime, stream.Octets, ref random);
        }
    }
}
