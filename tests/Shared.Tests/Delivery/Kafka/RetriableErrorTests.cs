using BrokerProcess;
using Confluent.Kafka;
using Shared.Delivery.Kafka;
using Shared.Tests.Records.Batch;

namespace Shared.Tests.Delivery.Kafka;

/// <summary>
/// Tests every error that Kafka's protocol calls retriable and with which a broker may answer a producer (kafka.apache.org/protocol, error
/// codes).
/// </summary>
[Trait("Needs", "Time")]
public class RetriableErrorTests
{
    private const short InitProducerId = 22;

    /// <summary>The errors after which the client tries again.</summary>
    private static readonly ErrorCode[] Retried =
    [
        ErrorCode.InvalidMsg, ErrorCode.UnknownTopicOrPart, ErrorCode.LeaderNotAvailable, ErrorCode.NotLeaderForPartition,
        ErrorCode.RequestTimedOut, ErrorCode.BrokerNotAvailable, ErrorCode.ReplicaNotAvailable, ErrorCode.GroupCoordinatorNotAvailable,
        ErrorCode.NotCoordinatorForGroup, ErrorCode.NotEnoughReplicas, ErrorCode.NotEnoughReplicasAfterAppend, ErrorCode.KafkaStorageError,
    ];

    /// <summary>The errors that the client reports as failures. No broker of today answers Produce with them.</summary>
    private static readonly ErrorCode[] Reported =
    [
        ErrorCode.NetworkException, ErrorCode.NotController, ErrorCode.ConcurrentTransactions, ErrorCode.ListenerNotFound,
        ErrorCode.FencedLeaderEpoch, ErrorCode.UnknownLeaderEpoch, ErrorCode.OffsetNotAvailable, ErrorCode.PreferredLeaderNotAvailable,
        ErrorCode.UnstableOffsetCommit, ErrorCode.ThrottlingQuotaExceeded, ErrorCode.UnknownTopicId, ErrorCode.GroupLoadInProgress,
    ];

    public static TheoryData<ErrorCode> RetriedCodes => [.. Retried];

    public static TheoryData<ErrorCode> AllCodes => [.. Retried, .. Reported];

    /// <summary>
    /// The embedded broker does not check sequence numbers. With several requests in flight it stores a later one though an earlier one
    /// failed, which a real broker refuses. So only one is in flight.
    /// </summary>
    [Theory]
    [MemberData(nameof(RetriedCodes))]
    public async Task Batches_answered_with_it_arrive_in_order(ErrorCode error)
    {
        using var broker = Broker();
        await using var test = Sink(broker, inFlight: 1);
        await test.WriteBatchesAsync(0, 0, 5);
        broker.FailNext(BrokerFaults.Produce, error, ErrorCode.NoError, error, error);
        await test.WriteBatchesAsync(0, 5, 15);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (long)i), await ArrivedAsync(broker, test, 20));
    }

    [Theory]
    [MemberData(nameof(AllCodes))]
    public async Task Of_several_requests_under_way_none_is_lost_and_a_batch_is_overtaken_by_those_only(ErrorCode error)
    {
        using var broker = Broker();
        await using var test = Sink(broker, inFlight: 5);
        await test.WriteBatchesAsync(0, 0, 5);
        broker.SetRoundTrip(TimeSpan.FromMilliseconds(20));
        broker.FailNext(BrokerFaults.Produce, error, ErrorCode.NoError, error);
        await test.WriteBatchesAsync(0, 5, 15);
        var arrived = await ArrivedAsync(broker, test, 20);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (long)i), arrived.Order());
        Assert.All(arrived, (number, place) => Assert.InRange(number - place, -5, 5));
    }

    [Theory]
    [MemberData(nameof(RetriedCodes))]
    public async Task Metadata_and_producer_ids_refused_with_it_are_asked_for_again(ErrorCode error)
    {
        using var broker = Broker();
        broker.FailNext(BrokerFaults.Metadata, error);
        broker.FailNext(InitProducerId, error);
        await using var test = Sink(broker, inFlight: 5);
        await test.WriteBatchesAsync(0, 0, 5);
        Assert.Equal([0, 1, 2, 3, 4], await ArrivedAsync(broker, test, 5));
    }

    // Each request has one message.
    private static SinkUnderTest Sink(EmbeddedBroker broker, int inFlight) =>
        new(
            broker.Bootstrap,
            NumberedRecords.Options(batchesPerShard: 6),
            configure: c => (c.BatchNumMessages, c.LingerMs, c.MaxInFlight) = (1, 0, inFlight));

    private static async Task<List<long>> ArrivedAsync(EmbeddedBroker broker, SinkUnderTest test, int count)
    {
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 1);
        var arrived = reader.ReadNumbers(count);
        await test.Sink.DisposeAsync();
        Assert.Equal(count, test.Balance.Acked);
        return arrived;
    }

    private static EmbeddedBroker Broker()
    {
        var broker = new EmbeddedBroker();
        broker.CreateTopic(SinkUnderTest.Topic, 1);
        return broker;
    }
}
