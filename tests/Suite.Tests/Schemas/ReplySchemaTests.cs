using System.Text.Json;
using SaimirisGateway.Replies.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Suite.Tests.Golden;
using Suite.Tests.Records;

namespace Suite.Tests.Schemas;

/// <summary>
/// Reads a message of the first version under today's schema, and today's messages under the first version's. The capnp tool writes the
/// first.
/// </summary>
public class ReplySchemaTests
{
    private static readonly string FirstVersion = Path.Combine(RepositoryFolder.Captures, "schemas", "reply-v1.capnp");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static byte[] Vector =>
        Convert.FromHexString(File.ReadAllText(Path.Combine(RepositoryFolder.Captures, "reply-messages", "time-exceeded-v1.hex"))
            .ReplaceLineEndings(""));

    [Fact]
    public async Task A_reply_of_the_first_version_reads_under_the_schema_of_today()
    {
        var reply = Assert.Single(await ReplyRecord.ReadAsync(Vector, Cancel));

        Assert.Equal((1_700_000_000_123_456_000ul, "ams-1"), (reply.TimeReceivedNs, reply.AgentId));
        Assert.Equal(("192.0.2.1", "203.0.113.10"), (reply.Address("replySrcAddr"), reply.Address("probeDstAddr")));
        Assert.Equal((29657u, 5u, 1u, 254u), Assert.Single(reply.Labels));
        Assert.Equal((127ul, 0ul, 0ul, ""),
            (reply.Number("rtt"), reply.Number("rttMicros"), reply.Number("sequence"), reply.MeasurementId));
    }

    [Fact]
    public async Task A_message_of_the_first_version_leaves_the_gateway_with_its_own_fields_and_the_gateways()
    {
        byte[] written = Pass(Vector);
        var before = Assert.Single(await CapnpTool.ReadAsync(Vector, FirstVersion, "Reply", Cancel));
        var after = Assert.Single(await CapnpTool.ReadAsync(written, FirstVersion, "Reply", Cancel));
        foreach (var field in before.EnumerateObject())
            Assert.True(JsonElement.DeepEquals(field.Value, after.GetProperty(field.Name)), field.Name);

        var reply = Assert.Single(await ReplyRecord.ReadAsync(written, Cancel));
        Assert.Equal((12_700ul, 9ul, 7ul, 1ul, "schema"),
            (reply.Number("rttMicros"), reply.Number("timeGatewayNs"), reply.Number("collectorEpochNs"), reply.Number("sequence"),
            reply.CollectorId));
    }

    [Fact]
    public async Task Messages_with_fields_of_later_versions_and_in_several_segments_are_taken()
    {
        // The tool writes from text what an agent's library writes.
        byte[] text =
        [
            .. """
                (agentId = "ams-1",
                replySrcAddr = 0x"20010db8000000000000000000000001", replyDstAddr = 0x"20010db8000000000000000000000002",
                probeSrcAddr = 0x"20010db8000000000000000000000002", probeDstAddr = 0x"20010db8000000000000000000000003",
                rtt = 5, rttMicros = 512, measurementId = "0c1f8c1e-31a0-4d5e-9f86-6c1c3f1a2b3c")
                """u8,
        ];
        byte[] message = await CapnpTool.ConvertAsync("text:binary", text, RepositoryFolder.Schema("reply"), "Reply", Cancel,
            "--segment-size=9");
        Assert.NotEqual(0, message[0]);

        var reply = Assert.Single(await ReplyRecord.ReadAsync(Pass(message), Cancel));
        Assert.Equal(("0c1f8c1e-31a0-4d5e-9f86-6c1c3f1a2b3c", 5ul, 512ul),
            (reply.MeasurementId, reply.Number("rtt"), reply.Number("rttMicros")));
        Assert.Equal("2001:db8::3", reply.Address("probeDstAddr"));
    }

    [Fact]
    public async Task Every_real_reply_reads_the_same_under_both_versions()
    {
        foreach (string capture in ReplyCaptures.Names.Where(c => c.StartsWith("repository/", StringComparison.Ordinal)))
        {
            byte[] value = ReplyCaptures.Decode(capture, null, "ams-1").Value;
            var today = await CapnpTool.ReadAsync(value, RepositoryFolder.Schema("reply"), "Reply", Cancel);
            var first = await CapnpTool.ReadAsync(value, FirstVersion, "Reply", Cancel);
            Assert.NotEmpty(today);
            Assert.Equal(today.Count, first.Count);
            foreach (var (now, then) in today.Zip(first))
            {
                foreach (var field in then.EnumerateObject())
                    Assert.True(JsonElement.DeepEquals(field.Value, now.GetProperty(field.Name)), $"{capture}: {field.Name}");
            }
        }
    }

    private static byte[] Pass(byte[] body)
    {
        var sink = new MemorySink();
        var output = new TopicWriter("replies", new BatchOptions { MaxRecordBytes = ReplyPipeline.MaxOutputBytes }, sink,
            TimeProvider.System);
        var pipeline = new ReplyPipeline(
            new AgentState("ams-1"), new CollectorIdentity("schema", 7), new ReplyOptions { Format = ReplyFormat.CapnProto }, output,
            new ReplyCounters());
        Assert.Equal((ReplyStep.NeedsInput, body.Length), (pipeline.Process(body, 9, out int consumed), consumed));
        output.CloseDue(always: true);
        return Assert.Single(sink.Batches).Value.ToArray();
    }
}
