namespace Shared.Records.Batch;

/// <summary>A batch as it would have gone to Kafka.</summary>
/// <param name="Topic">Its topic.</param>
/// <param name="Shard">Its shard, which is its key.</param>
/// <param name="Value">Whole Cap'n Proto messages, one behind the other.</param>
/// <param name="Records">How many messages.</param>
public sealed record BatchCopy(string Topic, int Shard, ReadOnlyMemory<byte> Value, int Records);
