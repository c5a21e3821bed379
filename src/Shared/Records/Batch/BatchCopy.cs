namespace Shared.Records.Batch;

/// <summary>Holds a copy of one batch, as it would have gone to Kafka.</summary>
/// <param name="Topic">The batch's topic.</param>
/// <param name="Shard">The shard, which is also the Kafka message key.</param>
/// <param name="Value">Whole Cap'n Proto messages.</param>
/// <param name="Records">The number of messages.</param>
public sealed record BatchCopy(string Topic, int Shard, ReadOnlyMemory<byte> Value, int Records);
