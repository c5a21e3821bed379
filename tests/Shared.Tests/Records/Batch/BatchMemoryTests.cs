using Shared.Records.Batch;

namespace Shared.Tests.Records.Batch;

public class BatchMemoryTests
{
    private const long Unlimited = long.MaxValue;

    private static readonly BatchMemory Usual = new(Topics: 2, Shards: 8, BatchBytes: 990_000);

    [Theory]
    [InlineData(32_000_000, Unlimited, 6)]     // 32.3 batches, in 5 of each shard, and the open one
    [InlineData(1, Unlimited, 2)]
    [InlineData(7_920_000, Unlimited, 2)]
    [InlineData(7_920_001, Unlimited, 3)]
    [InlineData(1_000_000_000_000, Unlimited, 64)]
    [InlineData(1_000_000_000_000, 256 << 20, 16)]
    [InlineData(32_000_000, 95_040_000, 6)]
    [InlineData(32_000_000, 95_039_999, 5)]
    [InlineData(32_000_000, 31_680_000, 2)]
    public void A_shard_has_what_the_queue_asks_for_and_the_limit_allows(long queueBytes, long limit, int batches) =>
        Assert.Equal(batches, Usual.BatchesPerShard(queueBytes, maxBytes: 990_000, limit));

    [Fact]
    public void Two_batches_for_each_shard_of_each_topic_are_the_least()
    {
        Assert.Equal(31_680_000, Usual.MinLimit);
        Assert.Equal(95_040_000, Usual.Bytes(6));
        Assert.Equal(64L * 100_000_000 * 1024 * 4, new BatchMemory(4, 1024, 100_000_000).Bytes(64));
    }

    [Theory]
    [InlineData(32_000_000, Unlimited, 8)]     // the 6, one being written to the disk and one being filled
    [InlineData(1, Unlimited, 4)]
    [InlineData(32_000_000, 13 * 15_840_000, 8)]
    [InlineData(32_000_000, (13 * 15_840_000) - 1, 7)]
    [InlineData(32_000_000, 8 * 15_840_000, 3)]
    public void With_a_spool_the_limit_holds_what_comes_back_from_it_too(long queueBytes, long limit, int batches) =>
        Assert.Equal(batches, (Usual with { ReadBack = 5 }).BatchesPerShard(queueBytes, maxBytes: 990_000, limit));

    [Fact]
    public void With_a_spool_three_batches_and_those_that_come_back_are_the_least()
    {
        Assert.Equal(8 * 15_840_000, (Usual with { ReadBack = 5 }).MinLimit);
        Assert.Equal(13 * 15_840_000, (Usual with { ReadBack = 5 }).Bytes(8));
    }

    [Fact]
    public void A_batch_takes_the_memory_of_the_largest_record()
    {
        Assert.Equal(525_312, new BatchOptions { MaxBytes = 1024, MaxRecordBytes = 525_312 }.MaxBatchBytes);
        Assert.Equal(990_000, new BatchOptions { MaxRecordBytes = 525_312 }.MaxBatchBytes);
    }
}
