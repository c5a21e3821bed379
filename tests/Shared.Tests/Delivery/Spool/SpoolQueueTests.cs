using Suite.Tests.Fuzz;

namespace Shared.Tests.Delivery.Spool;

public sealed class SpoolQueueTests : IDisposable
{
    private readonly SpoolFolder _folder = new() { SegmentBytes = 1000 };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Batches_come_back_in_order_over_many_segments_and_leave_no_file()
    {
        using var spool = _folder.Open();
        var queue = spool.QueueOf(SpoolFolder.Topic, 0);
        for (int i = 0; i < 50; i++)
            SpoolFolder.Append(queue, i);
        // A segment holds (1000 - 24) / (56 + 100) = 6 batches.
        Assert.Equal(9, _folder.Segments().Length);
        Assert.Equal((50, 50, 1275, 5000), (queue.Batches, queue.UnreadBatches, queue.Records, queue.Bytes));
        Assert.Equal((9 * 24) + (50 * 156), spool.Bytes);
        Assert.Equal(Enumerable.Range(0, 50), SpoolFolder.Drain(queue));
        Assert.Equal((0, 0, 0, 0), (queue.Batches, queue.UnreadBatches, queue.Records, queue.Bytes));
        Assert.Equal(0, spool.Bytes);
        Assert.Empty(_folder.Files("queue"));
    }

    [Fact]
    public void Batches_queue_after_those_that_are_being_read()
    {
        using var spool = _folder.Open();
        var queue = spool.QueueOf(SpoolFolder.Topic, 0);
        int written = 0;
        for (int read = 0; read < 200; read++)
        {
            while (written < 200 && written <= read + (read % 7))
                SpoolFolder.Append(queue, written++);
            var (number, entry) = SpoolFolder.ReadNext(queue)!.Value;
            Assert.Equal(read, number);
            queue.Acknowledge(entry);
        }
        Assert.Null(SpoolFolder.ReadNext(queue));
    }

    [Fact]
    public void Segments_go_when_all_before_is_acknowledged_in_any_order()
    {
        using var spool = _folder.Open();
        var queue = spool.QueueOf(SpoolFolder.Topic, 0);
        for (int i = 0; i < 18; i++)
            SpoolFolder.Append(queue, i);
        var entries = Enumerable.Range(0, 18).Select(_ => SpoolFolder.ReadNext(queue)!.Value.Entry).ToArray();
        foreach (int i in (int[])[17, 3, 1, 2, 5, 4])
            queue.Acknowledge(entries[i]);
        Assert.Equal(3, _folder.Segments().Length);
        Assert.Equal(12, queue.Batches);
        queue.Acknowledge(entries[0]);
        Assert.Equal(2, _folder.Segments().Length);
        foreach (int i in (int[])[16, 15, 14, 13, 12, 11, 10, 9, 8, 7])
            queue.Acknowledge(entries[i]);
        Assert.Equal(2, _folder.Segments().Length);
        queue.Acknowledge(entries[6]);
        Assert.Empty(_folder.Segments());
        Assert.Equal(0, spool.Bytes);
    }

    [Fact]
    public void A_batch_under_way_is_kept_and_not_read()
    {
        using var spool = _folder.Open();
        var queue = spool.QueueOf(SpoolFolder.Topic, 0);
        var first = queue.TryAppendSent(SpoolFolder.Value(0), 1)!;
        var second = queue.TryAppendSent(SpoolFolder.Value(1), 2)!;
        SpoolFolder.Append(queue, 2);
        Assert.Throws<InvalidOperationException>(() => queue.TryAppendSent(SpoolFolder.Value(3), 4));
        Assert.Equal((3, 1), (queue.Batches, queue.UnreadBatches));
        queue.Acknowledge(second);
        Assert.Equal(2, SpoolFolder.ReadNext(queue)!.Value.Number);
        queue.Acknowledge(first);
        Assert.Equal((1, 0), (queue.Batches, queue.UnreadBatches));
        Assert.NotNull(queue.TryAppendSent(SpoolFolder.Value(3), 4));
        Assert.Null(SpoolFolder.ReadNext(queue));
    }

    [Fact]
    public void After_an_orderly_end_all_batches_but_the_acknowledged_ones_are_unread()
    {
        using (var spool = _folder.Open())
        {
            var queue = spool.QueueOf(SpoolFolder.Topic, 3);
            for (int i = 0; i < 20; i++)
                SpoolFolder.Append(queue, i);
            var entries = Enumerable.Range(0, 15).Select(_ => SpoolFolder.ReadNext(queue)!.Value.Entry).ToArray();
            foreach (int i in (int[])[0, 1, 2, 4, 5, 6, 7, 13])
                queue.Acknowledge(entries[i]);
        }
        using (var spool = _folder.Open())
        {
            var queue = Assert.Single(spool.Queues);
            Assert.Equal((SpoolFolder.Topic, 3), (queue.Topic, queue.Shard));
            int[] left = [3, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19];
            Assert.Equal(
                (left.Length, left.Sum(SpoolFolder.RecordsOf), left.Length * 100), (queue.UnreadBatches, queue.Records, queue.Bytes));
            SpoolFolder.Append(queue, 20);
            Assert.Equal([.. left, 20], SpoolFolder.Drain(queue));
            Assert.Equal(0, spool.Bytes);
        }
        Assert.Empty(_folder.Damages);
        Assert.Equal([System.IO.Path.Combine(_folder.Path, "lock")], _folder.Files());
        Assert.Empty(Directory.GetDirectories(System.IO.Path.Combine(_folder.Path, "queue")));
    }

    [Fact]
    public void The_age_of_the_oldest_batch_is_kept_over_a_restart()
    {
        var start = _folder.Time.GetUtcNow();
        using (var spool = _folder.Open())
        {
            var queue = spool.QueueOf(SpoolFolder.Topic, 0);
            Assert.Null(queue.OldestAt);
            for (int i = 0; i < 20; i++)
            {
                SpoolFolder.Append(queue, i);
                _folder.Time.Advance(TimeSpan.FromSeconds(1));
            }
            Assert.Equal(start, queue.OldestAt);
            queue.Acknowledge(SpoolFolder.ReadNext(queue)!.Value.Entry);
            Assert.True(queue.TryPeek(out _, out _));
            Assert.Equal(start.AddSeconds(1), queue.OldestAt);
        }
        _folder.Time.Advance(TimeSpan.FromHours(1));
        using (var spool = _folder.Open())
        {
            var queue = Assert.Single(spool.Queues);
            Assert.Equal(start.AddSeconds(1), queue.OldestAt);
            SpoolFolder.Drain(queue);
            Assert.Null(queue.OldestAt);
            SpoolFolder.Append(queue, 20);
            Assert.Equal(_folder.Time.GetUtcNow(), queue.OldestAt);
        }
    }

    [Fact]
    public void A_batch_larger_than_a_segment_gets_its_own()
    {
        using var spool = _folder.Open();
        var queue = spool.QueueOf(SpoolFolder.Topic, 0);
        SpoolFolder.Append(queue, 0);
        SpoolFolder.Append(queue, 1, bytes: 100_000);
        SpoolFolder.Append(queue, 2);
        Assert.Equal([180, 24 + 56 + 100_000, 180], _folder.Segments().Select(f => new FileInfo(f).Length));
        Assert.Equal([0, 1, 2], SpoolFolder.Drain(queue));
    }

    [Fact]
    public void A_lost_or_damaged_head_brings_batches_twice_and_loses_none()
    {
        byte[] head = Leave(8);
        string path = System.IO.Path.Combine(_folder.Path, "queue", SpoolFolder.Topic, "0", "head");
        // Batches 0 to 5 are in the first segment, which is deleted; 6 and 7 come again.
        File.Delete(path);
        Assert.Equal(Enumerable.Range(6, 14), Reopen());
        for (int bit = 0; bit < head.Length * 8; bit++)
        {
            byte[] damaged = [.. head];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(path, damaged);
            Assert.Equal(Enumerable.Range(6, 14), Reopen());
        }
        for (int length = 0; length < head.Length; length++)
        {
            File.WriteAllBytes(path, head[..length]);
            Assert.Equal(Enumerable.Range(6, 14), Reopen());
        }
        File.WriteAllBytes(path, head);
        Assert.Equal(Enumerable.Range(8, 12), Reopen());
        Assert.Empty(_folder.Damages);
    }

    [Fact]
    public void A_stale_head_brings_back_what_was_acknowledged_since_and_no_other()
    {
        byte[] head = Leave(8);
        using (var spool = _folder.Open())
        {
            var queue = Assert.Single(spool.Queues);
            for (int i = 8; i < 11; i++)
                queue.Acknowledge(SpoolFolder.ReadNext(queue)!.Value.Entry);
        }
        File.WriteAllBytes(System.IO.Path.Combine(_folder.Path, "queue", SpoolFolder.Topic, "0", "head"), head);
        Assert.Equal(Enumerable.Range(8, 12), Reopen());
    }

    [Fact]
    public void A_head_of_another_life_of_the_queue_is_ignored()
    {
        byte[] head = Leave(3);
        using (var spool = _folder.Open())
            SpoolFolder.Drain(Assert.Single(spool.Queues));
        using (var spool = _folder.Open())
            SpoolFolder.Append(spool.QueueOf(SpoolFolder.Topic, 0), 100);
        string segment = Assert.Single(_folder.Segments());
        Assert.EndsWith("/0000000000000001.spool", segment, StringComparison.Ordinal);
        File.WriteAllBytes(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(segment)!, "head"), head);
        Assert.Equal([100], Reopen());
    }

    [Fact]
    public void A_batch_is_acknowledged_once()
    {
        using var spool = _folder.Open();
        var queue = spool.QueueOf(SpoolFolder.Topic, 0);
        SpoolFolder.Append(queue, 0);
        var (_, entry) = SpoolFolder.ReadNext(queue)!.Value;
        queue.Acknowledge(entry);
        Assert.Throws<InvalidOperationException>(() => queue.Acknowledge(entry));
    }

    [Fact]
    public void Appending_and_reading_allocates_the_entry_only()
    {
        using var folder = new SpoolFolder();
        using var spool = folder.Open();
        var queue = spool.QueueOf(SpoolFolder.Topic, 0);
        byte[] value = SpoolFolder.Value(1);
        byte[] buffer = new byte[value.Length];
        queue.TryAppendSent(value, 1);   // so that the file stays
        Turn(1000);
        AllocationTries.AssertWithin(1000 * 120, () => Turn(1000));

        void Turn(int count)
        {
            for (int i = 0; i < count; i++)
                queue.TryAppend(value, 1);
            for (int i = 0; i < count; i++)
                queue.Acknowledge(queue.Read(buffer)!);
        }
    }

    /// <summary>Leaves 20 batches, this number of them acknowledged. Returns the head.</summary>
    private byte[] Leave(int acknowledged)
    {
        using (var spool = _folder.Open())
        {
            var queue = spool.QueueOf(SpoolFolder.Topic, 0);
            for (int i = 0; i < 20; i++)
                SpoolFolder.Append(queue, i);
            for (int i = 0; i < acknowledged; i++)
                queue.Acknowledge(SpoolFolder.ReadNext(queue)!.Value.Entry);
        }
        return File.ReadAllBytes(System.IO.Path.Combine(_folder.Path, "queue", SpoolFolder.Topic, "0", "head"));
    }

    private List<int> Reopen()
    {
        using var spool = _folder.Open();
        return SpoolFolder.ReadAll(Assert.Single(spool.Queues));
    }
}
