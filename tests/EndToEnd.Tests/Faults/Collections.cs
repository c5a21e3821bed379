using Shared.Tests.Delivery.Kafka;

namespace EndToEnd.Tests.Faults;

/// <summary>
/// The tests of one real Kafka, which some of them crash. They run one after the other, and at the same time as other tests.
/// </summary>
[CollectionDefinition(nameof(RealKafka))]
public sealed class RealKafka : ICollectionFixture<KafkaNode>;

/// <summary>The tests that send as much as a collector takes. They run one after the other, and at the same time as other tests.</summary>
[CollectionDefinition(nameof(FullLoad))]
public sealed class FullLoad;
