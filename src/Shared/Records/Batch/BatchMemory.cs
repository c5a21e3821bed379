namespace Shared.Records.Batch;

/// <summary>Calculates the memory of a service's batches, and how many batches a shard may have below a limit.</summary>
/// <param name="Topics">The number of topics that the service writes to.</param>
/// <param name="Shards">The shards of each topic.</param>
/// <param name="BatchBytes">The memory of one batch in bytes.</param>
/// <param name="ReadBack">Batches of a shard in memory that come back from the spool; 0: there is no spool.</param>
public sealed record BatchMemory(int Topics, int Shards, int BatchBytes, int ReadBack = 0)
{
    // The client holds one while the shard fills another; with a spool a third goes to disk. More than 64 of a shard do not help.
    private const int MinPerShard = 2, MaxPerShard = 64;

    private int Spooling => ReadBack > 0 ? 1 : 0;

    /// <summary>The fewest batches that a shard needs, including those that come back from the spool.</summary>
    public int MinBatches => MinPerShard + Spooling + ReadBack;

    /// <summary>The lowest limit in bytes that gives every shard the batches that it needs.</summary>
    public long MinLimit => Bytes(MinPerShard + Spooling);

    /// <summary>The bytes of all batches when every shard of every topic has used all of its own.</summary>
    public long Bytes(int batchesPerShard) => (long)(batchesPerShard + ReadBack) * BatchBytes * Shards * Topics;

    /// <summary>
    /// The batches of each shard: enough for <paramref name="queueBytes"/> spread over the shards of a topic, and one open batch.
    /// All batches together do not exceed <paramref name="limit"/>, which is at least <see cref="MinLimit"/>.
    /// </summary>
    public int BatchesPerShard(long queueBytes, int maxBytes, long limit)
    {
        double wanted = 1 + Math.Ceiling((double)queueBytes / maxBytes / Shards);
        long affordable = (limit / ((long)BatchBytes * Shards * Topics)) - ReadBack;
        return (int)Math.Min(Math.Clamp(wanted, MinPerShard, MaxPerShard) + (2 * Spooling), affordable);
    }
}
