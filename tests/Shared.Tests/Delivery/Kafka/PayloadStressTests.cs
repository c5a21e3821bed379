using BrokerProcess;
using Confluent.Kafka;
using Shared.Delivery.Kafka;

namespace Shared.Tests.Delivery.Kafka;

/// <summary>
/// The client reads a batch in place. Its memory is used again at once after the report; if the client still read it then,
/// a message would arrive whose content nobody submitted.
/// </summary>
[Trait("Needs", "Time")]
public class PayloadStressTests(ITestOutputHelper output)
{
    private const string Topic = "stress";

    private static readonly int Rounds = PayloadStress.IsFull ? 40 : 16;

    private static readonly ErrorCode[] Errors =
    [
        ErrorCode.NotLeaderForPartition, ErrorCode.RequestTimedOut, ErrorCode.NotEnoughReplicas, ErrorCode.NotEnoughReplicasAfterAppend,
        ErrorCode.OutOfOrderSequenceNumber, ErrorCode.UnknownProducerId, ErrorCode.InvalidMsg,
    ];

    [Fact]
    public async Task A_batch_that_is_overwritten_before_its_report_is_noticed()
    {
        using var broker = Broker();
        using var stress = new PayloadStress(broker.Bootstrap, Topic, "none", spoilEarly: true);
        var reader = new StressReader(broker.Bootstrap, stress);
        await stress.SendAsync(100);
        await stress.SettleAsync();
        await reader.CompleteAsync();
        Assert.True(reader.Spoiled > 10);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("lz4")]
    public async Task Errors_delays_and_lost_connections_spoil_no_message(string compression)
    {
        using var broker = Broker();
        using var stress = new PayloadStress(broker.Bootstrap, Topic, compression);
        var reader = new StressReader(broker.Bootstrap, stress);
        var random = new Random(1);
        for (int round = 0; round < Rounds; round++)
        {
            switch (random.Next(4))
            {
                case 0:
                    broker.SetDown();
                    await stress.SendUntilFailedAsync(ErrorCode.Local_MsgTimedOut, random.Next(1, 8));
                    broker.SetUp();
                    break;
                case 1:
                    broker.SetRoundTrip(TimeSpan.FromMilliseconds(random.Next(1, 250)));
                    await stress.SendAsync(20);
                    broker.SetRoundTrip(TimeSpan.Zero);
                    break;
                default:
                    broker.FailNext(
                        BrokerFaults.Produce, [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Errors[random.Next(Errors.Length)])]);
                    await stress.SendAsync(20);
                    break;
            }
        }
        await FinishAsync(stress, reader);
    }

    private static EmbeddedBroker Broker()
    {
        var broker = new EmbeddedBroker();
        broker.CreateTopic(Topic, PayloadStress.Partitions);
        return broker;
    }

    private async Task FinishAsync(PayloadStress stress, StressReader reader)
    {
        await stress.SendAsync(20);
        await stress.SettleAsync();
        await reader.CompleteAsync();
        output.WriteLine($"{reader.Whole.Count} whole, {reader.Spoiled} spoiled; {stress}");
        Assert.Equal(0, reader.Spoiled);
        // The embedded broker forgets messages that are more than 5 MiB old.
        Assert.True(reader.Whole.Count > 50);
        Assert.True(stress.ReportsByCode[ErrorCode.Local_MsgTimedOut] > 20);
    }
}
