namespace Shared.Tests.Delivery.Kafka;

/// <summary>The tests that share one real Kafka run one after the other.</summary>
[CollectionDefinition(nameof(RealKafka))]
public sealed class RealKafka : ICollectionFixture<KafkaNode>;
