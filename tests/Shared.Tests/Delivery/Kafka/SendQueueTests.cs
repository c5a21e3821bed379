using Shared.Delivery.Kafka;
using Shared.Delivery.Spool;
using Shared.Records.Batch;

namespace Shared.Tests.Delivery.Kafka;

public sealed class SendQueueTests
{
    private readonly SendQueue _queue = new(new RecordAccounts().GetOrAdd("numbers", 0));
    private readonly ProducerBatch[] _batches = [.. Enumerable.Range(0, 12).Select(i => new ProducerBatch(null!, submittedAt: 100 + i))];

    [Fact]
    public void Batches_leave_in_the_order_they_came()
    {
        Add(5);
        Assert.Equal([0, 1, 2, 3, 4], SendAll(now: 0));
    }

    [Fact]
    public void After_a_failure_nothing_leaves_until_all_reports_are_in_and_then_the_failed_ones_go_first_in_order()
    {
        Add(5);
        Send(3);
        _queue.Failed(_batches[2], resumeAt: 10);
        Assert.Null(_queue.Next(now: 20));
        _queue.Failed(_batches[0], resumeAt: 12);
        Assert.Equal(long.MaxValue, _queue.ResumesAt);
        _queue.Done(_batches[1]);
        Assert.Null(_queue.Next(now: 11));
        Assert.Equal(12, _queue.ResumesAt);
        Assert.Equal([0, 2, 3, 4], SendAll(now: 12));
    }

    [Fact]
    public void Batches_that_could_not_be_handed_over_wait_in_their_place()
    {
        Add(5);
        Send(1);
        _queue.Failed(_batches[1], resumeAt: 5);
        _queue.Done(_batches[0]);
        Assert.Equal([1, 2, 3, 4], SendAll(now: 5));
    }

    [Fact]
    public void A_batch_that_is_given_up_blocks_nothing()
    {
        Add(5);
        Send(2);
        _queue.Done(_batches[1]);
        _queue.Done(_batches[0]);
        Assert.Equal([2, 3, 4], SendAll(now: 0));
    }

    [Fact]
    public void A_batch_that_could_not_be_kept_elsewhere_comes_back_before_the_others()
    {
        Add(4);
        Send(2);
        _queue.Done(_batches[0]);
        _queue.PutBack(_batches[0], resumeAt: 5);
        _queue.Done(_batches[1]);
        Assert.Equal([0, 2, 3], SendAll(now: 5));
    }

    [Fact]
    public void While_the_broker_answers_in_time_nothing_is_spooled()
    {
        Add(5);
        Send(3);
        Assert.Null(_queue.NextToSpool(now: 200, staleBefore: 100, isEnding: false, out _));
        Assert.False(_queue.IsSpooling);
    }

    [Fact]
    public void When_the_broker_is_slow_what_it_holds_is_copied_first_and_then_all_the_rest_in_order()
    {
        Add(5);
        Send(2);
        Assert.Equal([0, 1, 2, 3, 4], SpoolAll(now: 2000, staleBefore: 101));
        // Copies stay in memory until they are reported; the rest is on disk only, so nothing of it can leave.
        Assert.Null(_queue.Next(now: 2000));
    }

    [Fact]
    public void Batches_on_disk_leave_before_later_ones()
    {
        Add(3);
        Send(1);
        SpoolAll(now: 2000, staleBefore: 101);
        Add(4, from: 3);
        _queue.Done(_batches[0]);
        // The broker is well again: the two on disk are few, so memory waits until they are read back and gone.
        Assert.Null(_queue.NextToSpool(now: 2000, staleBefore: 101, isEnding: false, out _));
        Assert.Null(_queue.Next(now: 2000));
        Assert.Equal(2, ReadAll(now: 2000, first: 8));
        Assert.Equal([8, 9], SendAll(now: 2000));
        Assert.Null(_queue.NextToSpool(now: 2000, staleBefore: 101, isEnding: false, out _));
        Assert.False(_queue.IsSpooling);
        Assert.Equal([3, 4, 5, 6], SendAll(now: 2000));
    }

    [Fact]
    public void While_much_is_on_disk_what_comes_follows_it_there()
    {
        Add(7);
        Send(1);
        SpoolAll(now: 2000, staleBefore: 101);
        _queue.Done(_batches[0]);
        Add(1, from: 7);
        Assert.Equal([7], SpoolAll(now: 2000, staleBefore: 101));
    }

    [Fact]
    public void When_the_disk_takes_nothing_the_batch_keeps_its_place_and_batches_leave_from_memory()
    {
        Add(3);
        Send(1);
        Assert.Same(_batches[0], _queue.NextToSpool(now: 2000, staleBefore: 101, isEnding: false, out _));
        Assert.Null(_queue.NextToSpool(now: 2000, staleBefore: 101, isEnding: false, out _));
        _queue.NotAppended(resumeAt: 2500);
        Assert.Null(_queue.NextToSpool(now: 2400, staleBefore: 101, isEnding: false, out _));
        Assert.Equal([1, 2], SendAll(now: 2400));
        Assert.Same(_batches[0], _queue.NextToSpool(now: 2500, staleBefore: 101, isEnding: false, out _));
    }

    [Fact]
    public void Batches_of_an_earlier_process_are_read_back_before_new_ones()
    {
        _queue.Recover(7);
        Add(1);
        Assert.Equal(SendQueue.MaxReadBack, ReadAll(now: 0, first: 4));
        Assert.Equal([4, 5, 6, 7, 8], SendAll(now: 0));
        Assert.False(_queue.TryRead(now: 0));
        _queue.Done(_batches[4]);
        _queue.Done(_batches[5]);
        Assert.Equal(2, ReadAll(now: 0, first: 9));
        Assert.Equal([9, 10], SendAll(now: 0));
        Assert.Null(_queue.NextToSpool(now: 0, staleBefore: 0, isEnding: false, out _));
        Assert.Equal([0], SendAll(now: 0));
    }

    [Fact]
    public void A_damaged_batch_is_left_out_and_a_failing_disk_is_tried_again()
    {
        _queue.Recover(2);
        Assert.True(_queue.TryRead(now: 0));
        _queue.NotReadBack(resumeAt: null);
        Assert.True(_queue.TryRead(now: 0));
        _queue.NotReadBack(resumeAt: 10);
        Assert.False(_queue.TryRead(now: 9));
        Assert.Equal(10, _queue.SpoolWakesAt(now: 9, staleAfter: 5));
        Assert.True(_queue.TryRead(now: 10));
    }

    [Fact]
    public void At_the_end_batches_of_any_age_go_to_the_disk()
    {
        Add(3);
        Send(1);
        var spooled = new List<int>();
        while (_queue.NextToSpool(now: 0, staleBefore: 0, isEnding: true, out bool isCopy) is { } batch)
        {
            spooled.Add(IndexOf(batch));
            if (isCopy)
                batch.Entry = Entry();
            _queue.Appended(batch, isCopy);
        }
        Assert.Equal([0, 1, 2], spooled);
    }

    private void Add(int count, int from = 0)
    {
        foreach (var batch in _batches.Skip(from).Take(count))
            _queue.Add(batch);
    }

    private void Send(int count)
    {
        for (int i = 0; i < count; i++)
            _queue.Sent(_queue.Next(now: 0)!);
    }

    private List<int> SendAll(long now)
    {
        var sent = new List<int>();
        while (_queue.Next(now) is { } batch)
        {
            sent.Add(IndexOf(batch));
            _queue.Sent(batch);
        }
        return sent;
    }

    private List<int> SpoolAll(long now, long staleBefore)
    {
        var spooled = new List<int>();
        while (_queue.NextToSpool(now, staleBefore, isEnding: false, out bool isCopy) is { } batch)
        {
            spooled.Add(IndexOf(batch));
            if (isCopy)
                batch.Entry = Entry();
            _queue.Appended(batch, isCopy);
        }
        return spooled;
    }

    private int ReadAll(long now, int first)
    {
        int count = 0;
        while (_queue.TryRead(now))
        {
            var batch = _batches[first + count++];
            batch.Entry = Entry();
            _queue.ReadBack(batch);
        }
        return count;
    }

    private static SpoolEntry Entry() => new(null!, default, default);

    private int IndexOf(ProducerBatch batch) => Array.IndexOf(_batches, batch);
}
