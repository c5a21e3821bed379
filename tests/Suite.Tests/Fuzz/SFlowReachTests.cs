using Pesto.Decode;
using Pesto.Frame;
using Pesto.Pipeline;
using Shared.Records;
using Shared.Records.Batch;

namespace Suite.Tests.Fuzz;

/// <summary>Tests that the mutations reach every error and nearly every reason why a flow makes no record.</summary>
public sealed class SFlowReachTests
{
    private const int Cases = 40_000;

    [Fact]
    public void Mutated_datagrams_meet_every_error()
    {
        var corpus = new SFlowCorpus();
        var mutator = new Mutator();
        var flows = new TopicWriter("flows", new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 },
            new DiscardSink(), TimeProvider.System);
        var counters = new TopicWriter("counters", new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 },
            new DiscardSink(), TimeProvider.System);
        var pipeline = new ShardedPipeline(new CollectorIdentity("fuzz", 1), new PipelineOptions(),
            new PipelineOutputs { Flows = flows, Counters = counters });
        var dispatcher = pipeline.CreateDispatcher();
        for (ulong seed = 0; seed < Cases; seed++)
        {
            mutator.Start(seed * 0xD1342543DE82EF95);
            corpus.Compose(mutator);
            dispatcher.Process(mutator.Bytes, default, 1);
        }
        dispatcher.Release();
        var sum = pipeline.Counters;
        Assert.DoesNotContain(Enum.GetValues<SFlowError>().Skip(1), error => sum[error] == 0);
        Assert.DoesNotContain(Enum.GetValues<FlowSkip>().Skip(1), skip => sum[skip] == 0);
        Assert.DoesNotContain(Enum.GetValues<SampleKind>(), kind => sum[kind] == 0);
    }
}
