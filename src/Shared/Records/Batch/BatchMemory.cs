namespace Shared.Records.Batch;

/// <summary>What the batches of a service take, and how many of them a shard may have so that they stay below a limit.</summary>
/// <param name="Topics">Topics that the service writes to.</param>
/// <param name="Shards">Of each topic.</param>
/// <param name="BatchBytes">Octets of memory of one batch.</param>
/// <param name="ReadBack">Batches of a shard that are in memory on their way back from the spool; 0: there is none.</param>
public sealed record BatchMemory(int Topics, int Shards, int BatchBytes, int ReadBack = 0)
{
    // One is under way while another is filled; with a spool a third is on its way to the disk. More than 64 of a shard help nobody.
    private const int FewestPerShard = 2, MostPerShard = 64;

    private int Spooling => ReadBack > 0 ? 1 : 0;

    /// <summary>Batches of a shard that are needed at least, those on their way back among them.</summary>
    public int Fewest => FewestPerShard + Spooling + ReadBack;

    /// <summary>Octets below which not every shard can have the batches that it needs.</summary>
    public long SmallestLimit => Bytes(FewestPerShard + Spooling);

    /// <summary>Octets of all batches, once every shard of every topic has been full.</summary>
    public long Bytes(int batchesPerShard) => (long)(batchesPerShard + ReadBack) * BatchBytes * Shards * Topics;

    /// <summary>
    /// What <paramref name="queueBytes"/> fill in whole batches, spread over the shards of a topic, and the open batch of each;
    /// not so many that all of them exceed <paramref name="limit"/>, which is at least <see cref="SmallestLimit"/>.
    /// </summary>
    public int BatchesPerShard(long queueBytes, int maxBytes, long limit)
    {
        double wanted = 1 + Math.Ceiling((double)queueBytes / maxBytes / Shards);
        long affordable = (limit / ((long)BatchBytes * Shards * Topics)) - ReadBack;
        return (int)Math.Min(Math.Clamp(wanted, FewestPerShard, MostPerShard) + (2 * Spooling), affordable);
    }
}
