namespace Suite.Tests.Fuzz;

/// <summary>Tests that topics do not depend on where the network cuts a router's stream, and where the sinks make it wait.</summary>
public sealed class ResumptionTests
{
    private const int Runs = 5;

    [Fact]
    public void Captured_streams_give_the_same_bytes_however_they_are_cut_and_stopped()
    {
        var bench = new BmpBench();
        Assert.NotEmpty(BmpCorpus.Captured.Streams);
        foreach (var stream in BmpCorpus.Captured.Streams)
        {
            var random = SeededRandom.SeededBy(stream.Bytes);
            bench.Run(bench.Straight, stream.Bytes, ref random);
            Assert.True(bench.Straight.Peers.Records > 0 && bench.Straight.Counters.Messages > 0);
            for (int run = 0; run < Runs; run++)
            {
                bench.Run(bench.Chopped, stream.Bytes, ref random);
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
            var random = SeededRandom.SeededBy(stream.Bytes);
            bench.Run(bench.Curated, stream.Bytes, ref random);
            suppressed += bench.Curated.Counters.Suppressed;
            for (int run = 0; run < Runs; run++)
            {
                bench.Run(bench.CuratedChopped, stream.Bytes, ref random);
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
            var random = SeededRandom.SeededBy(stream.Bytes);
            for (int run = 0; run < Runs; run++)
                bench.Run(bench.ChoppedInTime, stream.Bytes, ref random);
        }
    }
}
