using Microsoft.Extensions.Time.Testing;
using Shared.Records.Batch;

namespace Shared.Tests.Records.Batch;

public class BatchTimerTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task A_batch_is_closed_when_its_first_record_has_waited_long_enough()
    {
        var time = new FakeTimeProvider();
        var sink = new MemorySink();
        var output = new TopicWriter("t", NumberedRecords.Options() with { BatchWaitTime = TimeSpan.FromSeconds(1) }, sink, time);
        await using var timer = new BatchTimer([output], Interval, time);

        NumberedRecords.TryWrite(output.Shards[0], 1);
        time.Advance(TimeSpan.FromMilliseconds(900));
        NumberedRecords.TryWrite(output.Shards[0], 2);   // does not prolong the wait of the first
        Assert.Empty(sink.Batches);
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal([1L, 2], NumberedRecords.Numbers(Assert.Single(sink.Batches).Value));
    }

    [Fact]
    public async Task Empty_batches_are_not_sent_and_every_output_and_shard_has_its_own_wait()
    {
        var time = new FakeTimeProvider();
        var sink = new MemorySink();
        var first = new TopicWriter(
            "first", NumberedRecords.Options(shards: 2) with { BatchWaitTime = TimeSpan.FromSeconds(1) }, sink, time);
        var second = new TopicWriter("second", NumberedRecords.Options() with { BatchWaitTime = TimeSpan.FromSeconds(3) }, sink, time);
        await using var timer = new BatchTimer([first, second], Interval, time);

        NumberedRecords.TryWrite(first.Shards[0], 1);
        NumberedRecords.TryWrite(second.Shards[0], 2);
        time.Advance(TimeSpan.FromMilliseconds(500));
        NumberedRecords.TryWrite(first.Shards[1], 3);
        time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal([("first", 0)], sink.Take().Select(b => (b.Topic, b.Shard)));
        time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal([("first", 1)], sink.Take().Select(b => (b.Topic, b.Shard)));
        time.Advance(TimeSpan.FromMilliseconds(1500));
        Assert.Equal([("second", 0)], sink.Take().Select(b => (b.Topic, b.Shard)));
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Empty(sink.Take());
    }

    [Fact]
    public async Task After_its_end_the_timer_closes_nothing_and_a_drain_closes_all()
    {
        var time = new FakeTimeProvider();
        var sink = new MemorySink();
        var output = new TopicWriter("t", NumberedRecords.Options(), sink, time);
        var timer = new BatchTimer([output], Interval, time);
        NumberedRecords.TryWrite(output.Shards[0], 1);
        await timer.DisposeAsync();
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Empty(sink.Batches);
        output.CloseDue(always: true);
        Assert.Single(sink.Batches);
    }
}
