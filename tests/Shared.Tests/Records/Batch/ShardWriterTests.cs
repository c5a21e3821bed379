using Microsoft.Extensions.Time.Testing;
using Shared.Records.Batch;

namespace Shared.Tests.Records.Batch;

public class ShardWriterTests
{
    [Fact]
    public void A_record_that_does_not_fit_opens_the_next_batch_and_nothing_is_cut()
    {
        var sink = new MemorySink();
        var shard = Shard(sink, NumberedRecords.Options(maxBytes: 1000));
        for (int i = 0; i < 11; i++)
            Assert.True(NumberedRecords.TryWrite(shard, i, 150));

        Assert.Equal([900], sink.Batches.Select(b => b.Value.Length));
        Assert.Equal([0L, 1, 2, 3, 4, 5], NumberedRecords.Numbers(sink.Batches[0].Value, 150));
        Assert.Equal(6, sink.Batches[0].Records);
        shard.CloseIfDue(always: true);
        Assert.Equal([6L, 7, 8, 9, 10], NumberedRecords.Numbers(sink.Batches[1].Value, 150));
    }

    [Fact]
    public void A_batch_may_be_filled_to_the_last_byte()
    {
        var sink = new MemorySink();
        var shard = Shard(sink, NumberedRecords.Options(maxBytes: 1000));
        for (int i = 0; i < 10; i++)
            Assert.True(NumberedRecords.TryWrite(shard, i, 100));
        Assert.Empty(sink.Batches);
        Assert.True(NumberedRecords.TryWrite(shard, 10, 100));
        Assert.Equal(1000, Assert.Single(sink.Batches).Value.Length);
    }

    [Fact]
    public void A_record_larger_than_a_batch_is_sent_alone()
    {
        var sink = new MemorySink();
        var shard = Shard(sink, NumberedRecords.Options(maxBytes: 1000) with { MaxRecordBytes = 5000 });
        Assert.True(NumberedRecords.TryWrite(shard, 1));
        Assert.True(NumberedRecords.TryWrite(shard, 2, 5000));
        Assert.True(NumberedRecords.TryWrite(shard, 3));
        shard.CloseIfDue(always: true);
        Assert.Equal([100, 5000, 100], sink.Batches.Select(b => b.Value.Length));
    }

    [Fact]
    public void Asking_for_more_than_the_largest_record_is_an_error_of_the_caller()
    {
        var shard = Shard(new MemorySink(), NumberedRecords.Options(maxBytes: 1000));
        Assert.Throws<ArgumentOutOfRangeException>(() => shard.TryReserve(1001, out _));
    }

    [Fact]
    public async Task With_every_batch_under_way_the_writer_waits_until_one_comes_back()
    {
        var sink = new HoldingSink();
        var shard = Shard(sink, NumberedRecords.Options(maxBytes: 100, batchesPerShard: 3));
        for (int i = 0; i < 3; i++)
            Assert.True(NumberedRecords.TryWrite(shard, i));
        Assert.False(NumberedRecords.TryWrite(shard, 3));
        Assert.Equal(3, sink.Count);

        var space = shard.SpaceAvailable;
        Assert.False(space.IsCompleted);
        Assert.True(sink.ReleaseOne());
        await space.WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);
        Assert.True(NumberedRecords.TryWrite(shard, 3));
    }

    [Fact]
    public void A_writer_that_looks_late_is_not_left_waiting_for_a_batch_that_another_writer_has_opened()
    {
        var sink = new HoldingSink();
        var shard = Shard(sink, NumberedRecords.Options(maxBytes: 1000, batchesPerShard: 1));
        for (int i = 0; i < 10; i++)
            NumberedRecords.TryWrite(shard, i);
        Assert.False(NumberedRecords.TryWrite(shard, 10));   // the first writer finds no room
        sink.ReleaseOne();
        Assert.True(NumberedRecords.TryWrite(shard, 11));    // the second one opens the batch that came back
        Assert.True(shard.SpaceAvailable.IsCompleted);
        Assert.True(NumberedRecords.TryWrite(shard, 10));
    }

    [Fact]
    public void A_batch_that_is_released_twice_is_refused()
    {
        var sink = new HoldingSink();
        var shard = Shard(sink, NumberedRecords.Options(maxBytes: 100));
        NumberedRecords.TryWrite(shard, 0);
        shard.CloseIfDue(always: true);
        var batch = sink.Oldest;
        batch.Release();
        Assert.Throws<InvalidOperationException>(batch.Release);
    }

    [Fact]
    public async Task Many_writers_over_a_sink_that_releases_from_another_thread_lose_nothing_and_keep_their_order()
    {
        const int Writers = 8, Records = 3000;
        var memory = new MemorySink();
        var sink = new ReleasingElsewhere(memory);
        var output = new TopicWriter("t", NumberedRecords.Options(maxBytes: 700, batchesPerShard: 2, shards: 2), sink, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (int i = 0; i < Records; i++)
                await NumberedRecords.WriteAsync(output.ShardOf((ulong)writer), (writer * 1_000_000) + i);
        })));
        output.CloseDue(always: true);

        foreach (var shard in memory.Batches.GroupBy(b => b.Shard))
        {
            foreach (var writer in shard.SelectMany(b => NumberedRecords.Numbers(b.Value)).GroupBy(n => n / 1_000_000))
            {
                Assert.Equal(shard.Key, writer.Key % 2);
                Assert.Equal(Enumerable.Range(0, Records), writer.Select(n => (int)(n % 1_000_000)));
            }
        }
        Assert.Equal(Writers * Records, memory.Batches.Sum(b => b.Records));
    }

    [Fact]
    public void Memory_is_bounded_by_the_batches_of_a_shard_and_reused()
    {
        var sink = new HoldingSink();
        var shard = Shard(sink, NumberedRecords.Options(maxBytes: 1000, batchesPerShard: 5));
        var buffers = new HashSet<byte[]>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < 1000; i++)
        {
            while (!NumberedRecords.TryWrite(shard, i))
            {
                buffers.Add(sink.Oldest.Buffer);
                sink.ReleaseOne();
            }
        }
        Assert.Equal(5, buffers.Count);
    }

    private static ShardWriter Shard(IBatchSink sink, BatchOptions options) =>
        new TopicWriter("t", options, sink, new FakeTimeProvider()).Shards[0];

    private sealed class ReleasingElsewhere(MemorySink memory) : IBatchSink
    {
        public void Submit(RecordBatch batch)
        {
            // Batches are copied at once, in order; threads of the pool release them later, in any order.
            memory.Store(batch);
            ThreadPool.UnsafeQueueUserWorkItem(static b => b.Release(), batch, preferLocal: false);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
