using System.Text;
using Risotto.Frame;
using Suite.Tests.Records;

namespace Suite.Tests.Fuzz;

/// <summary>Tests what the mutations reach and what they make, because a fuzzer that reaches nothing finds nothing.</summary>
public sealed class FuzzReachTests
{
    private const int MaxCases = 200_000;

    [Fact]
    public void Mutations_reach_every_reason_for_an_error()
    {
        // Mutations of a few messages do not reach the limits of the last two.
        var missing = Enum.GetValues<BmpErrorCode>()
            .Except([BmpErrorCode.None, BmpErrorCode.TooManyPeers, BmpErrorCode.MpAttributesTooMany]).ToHashSet();
        var run = new PipelineRun(Handing.Straight, 0);
        var mutator = new Mutator();
        for (ulong iteration = 0; iteration < MaxCases && missing.Count > 0; iteration++)
        {
            Mutate(mutator, iteration);
            var random = mutator.Random;
            run.Run(mutator.Bytes, ref random);
            if (run.Malformed.Records > 0)
                missing.RemoveWhere(code => run.Counters[code] > 0);
        }
        Assert.Empty(missing);
    }

    [Fact]
    public async Task Capnp_reads_what_is_made_of_mutations()
    {
        const int cases = 2000;
        var run = new PipelineRun(Handing.Chopped, 0xA5);
        var mutator = new Mutator();
        var values = run.Topics.Select(_ => new MemoryStream()).ToList();
        int[] records = new int[run.Topics.Count];
        for (ulong iteration = 0; iteration < cases; iteration++)
        {
            Mutate(mutator, iteration);
            var random = mutator.Random;
            run.Run(mutator.Bytes, ref random);
            for (int topic = 0; topic < values.Count; topic++)
            {
                values[topic].Write(run.Topics[topic].Bytes);
                records[topic] += run.Topics[topic].Records;
            }
        }
        (string File, string Type)[] schemas = [("update", "Update"), ("peer", "PeerEvent"), ("stats", "PeerStatistic"),
            ("malformed", "MalformedMessage")];
        for (int topic = 0; topic < values.Count; topic++)
        {
            byte[] text = await CapnpTool.ConvertAsync(
                "binary:text", values[topic].ToArray(), RepositoryFolder.Schema(schemas[topic].File), schemas[topic].Type,
                    TestContext.Current.CancellationToken);
            Assert.Equal(records[topic], Encoding.UTF8.GetString(text).AsSpan().Count('\n'));
            Assert.True(records[topic] > 0);
        }
    }

    private static void Mutate(Mutator mutator, ulong iteration)
    {
        mutator.Start(iteration);
        BmpCorpus.Captured.Compose(mutator);
    }
}
