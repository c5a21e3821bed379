using Shared.Tests.Delivery.Kafka;

namespace EndToEnd.Tests.Faults;

/// <summary>These load the machine, so they run alone and one after the other; those that need it share a real Kafka.</summary>
[CollectionDefinition(nameof(OneAtATime), DisableParallelization = true)]
public sealed class OneAtATime : ICollectionFixture<KafkaNode>;
