namespace Shared.Batch;

/// <summary>What the batches of a service take, and how many of them a shard may have so that they stay below a limit.</summary>
/// <param name="Topics">Topics that the service writes to.</param>
/// <param name="Shards">Of each topic.</param>
/// <param name="BatchBytes">Octets of memory of one batch.</param>
public sealed record BatchMemory(int Topics, int Shards, int BatchBytes)
{
    // One is under way while another is filled; more than 64 of a shard help nobody.
    private const int FewestPerShard = 2, MostPerShard = 64;

    /// <summary>Octets below which not every shard can have the batches that it needs.</summary>
    public long SmallestLimit => Bytes(FewestPerShard);

    /// <summary>Octets of all batches, once every shard of every topic has been full.</summary>
    public long Bytes(int batchesPerShard) => (long)batchesPerShard * BatchBytes * Shards * Topics;

    /// <summary>
    /// What <paramref name="queueBytes"/> fill in whole batches, spread over the shards of a topic, and the open batch of each;
    /// not so many that all of them exceed <paramref name="limit"/>, which is at least <see cref="SmallestLimit"/>.
    /// </summary>
    public int BatchesPerShard(long queueBytes, int maxBytes, long limit)
    {
        double wanted = 1 + Math.Ceiling((double)queueBytes / maxBytes / Shards);
        long affordable = limit / Bytes(1);
        return (int)Math.Min(Math.Clamp(wanted, FewestPerShard, MostPerShard), affordable);
    }
}
