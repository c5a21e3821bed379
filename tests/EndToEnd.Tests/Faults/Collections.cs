using Shared.Tests.Delivery.Kafka;

namespace EndToEnd.Tests.Faults;

/// <summary>The tests of one real Kafka, which some of them crash: one after the other, beside the others.</summary>
[CollectionDefinition(nameof(RealKafka))]
public sealed class RealKafka : ICollectionFixture<KafkaNode>;

/// <summary>The tests that send as much as a collector takes: one after the other, beside the others.</summary>
[CollectionDefinition(nameof(FullLoad))]
public sealed class FullLoad;
