using SaimirisGateway.Replies.Decode;
using SaimirisGateway.Replies.Frame;
using SaimirisGateway.Replies.Pipeline;
using Shared.Records;
using Shared.Records.Batch;

namespace Suite.Tests.Fuzz;

/// <summary>Tests that the mutations reach every refusal that there is.</summary>
public sealed class ReplyReachTests
{
    private const int Cases = 40_000;

    [Fact]
    public void Mutated_bodies_meet_every_reason_for_a_refusal()
    {
        var rejections = new HashSet<string>();
        var errors = new HashSet<BodyErrorCode>();
        var pcaps = new ReplyPcapCorpus();
        Run(ReplyFormat.Pcap, pcaps.Compose, rejections, errors);
        var messages = new ReplyMessageCorpus();
        Run(ReplyFormat.CapnProto, messages.Compose, rejections, errors);

        // No mutation makes 65 labels with a valid checksum.
        Assert.Equal([ReplyRejection.TooManyLabels.Reason()], Enum.GetValues<ReplyRejection>().Skip(1).Select(r => r.Reason())
            .Except(rejections));
        Assert.Empty(Enum.GetValues<BodyErrorCode>().Skip(1).Except(errors));
    }

    private static void Run(ReplyFormat format, Action<Mutator> compose, HashSet<string> rejections, HashSet<BodyErrorCode> errors)
    {
        var mutator = new Mutator();
        var output = new TopicWriter("replies", new BatchOptions { MaxRecordBytes = ReplyPipeline.MaxOutputBytes }, new DiscardSink(),
            TimeProvider.System);
        for (ulong seed = 0; seed < Cases; seed++)
        {
            mutator.Start(seed * 0xD1342543DE82EF95);
            compose(mutator);
            var counters = new ReplyCounters();
            var pipeline = new ReplyPipeline(new AgentState("ams-1"), new CollectorIdentity("fuzz", 1),
                new ReplyOptions { Format = format, CaracalId = 1234 }, output, counters);
            if (pipeline.Process(mutator.Bytes, 1, out int consumed) == ReplyStep.NeedsInput)
                pipeline.EndOfBody(mutator.Length - consumed);
            if (pipeline.Error.Code != BodyErrorCode.None)
                errors.Add(pipeline.Error.Code);
            rejections.UnionWith(counters.Rejected.Select(r => r.Reason));
        }
    }
}
