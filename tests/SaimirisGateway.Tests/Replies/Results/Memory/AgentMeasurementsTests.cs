using System.Net;
using Prometheus;
using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Replies.Results;
using SaimirisGateway.Replies.Results.Memory;
using SaimirisGateway.Telemetry;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;
using Suite.Tests.Fuzz;

namespace SaimirisGateway.Tests.Replies.Results.Memory;

public class AgentMeasurementsTests
{
    private const string Source = "2001:db8:a::1";

    private static readonly byte[] Body = RepliesOf.Source(Source, 0, 1000);

    private readonly ReplyMemory _memory = new(1 << 20, 1, new GatewayMetrics(Metrics.NewCustomRegistry()));
    private readonly Guid _measurement = Guid.NewGuid();

    [Theory]
    [InlineData("ams-1", Source, 2000)]
    [InlineData("ams-1", "2001:db8:a::2", 0)]
    [InlineData("lhr-2", Source, 0)]
    public void Only_what_answers_an_active_measurement_is_stored_and_the_rest_allocates_nothing(string agent, string source, int kept)
    {
        _memory.SetActive(new() { [agent] = new AgentMeasurements(agent, [(Ipv6Address.From(IPAddress.Parse(source)), _measurement)]) });
        var output = new TopicWriter(
            "replies", new BatchOptions { MaxRecordBytes = ReplyPipeline.MaxOutputBytes }, new DiscardSink(), TimeProvider.System);
        var tries = new AllocationTries(budget: 0);
        bool goesOn = tries.AddAndGoOn(Process(output));
        using (var reader = _memory.Open(_measurement))
            Assert.Equal(kept, reader.Read(new ReplyCursor(_measurement, ["ams-1"]), 10_000).Replies.Count);
        while (kept == 0 && goesOn)
            goesOn = tries.AddAndGoOn(Process(output));
        if (kept == 0)
            Assert.Null(tries.Exceeded);
    }

    // The first body allocates what is allocated once.
    private long Process(TopicWriter output)
    {
        var pipeline = new ReplyPipeline(new AgentState("ams-1"), new CollectorIdentity("test", 1),
            new ReplyOptions { Format = ReplyFormat.Pcap }, output, new ReplyCounters(),
            messages => _memory.Add("ams-1", messages));
        lock (pipeline.Shard.Gate)
        {
            Assert.Equal(ReplyStep.NeedsInput, pipeline.Process(Body, 1, out int consumed));
            Assert.Equal(Body.Length, consumed);
            long before = GC.GetAllocatedBytesForCurrentThread();
            pipeline.Process(Body.AsSpan(24), 1, out _);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
