using Shared.Kafka;

namespace Shared.Tests.Kafka;

public class ShardLaneTests
{
    private readonly ShardLane _lane = new();
    private readonly OutgoingBatch[] _batches = [.. Enumerable.Range(0, 5).Select(i => new OutgoingBatch(null!, i, 0))];

    [Fact]
    public void Batches_leave_in_the_order_they_came()
    {
        AddAll();
        Assert.Equal([0L, 1, 2, 3, 4], SendAll(now: 0));
    }

    [Fact]
    public void After_a_failure_nothing_leaves_until_all_reports_are_in_and_then_the_failed_ones_go_first_in_order()
    {
        AddAll();
        for (int i = 0; i < 3; i++)
            Send();
        _lane.Failed(_batches[2], resumeAt: 10);
        Assert.Null(_lane.Next(now: 20));
        _lane.Failed(_batches[0], resumeAt: 12);
        Assert.Equal(long.MaxValue, _lane.ResumesAt);
        _lane.Done(_batches[1]);
        Assert.Null(_lane.Next(now: 11));
        Assert.Equal(12, _lane.ResumesAt);
        Assert.Equal([0L, 2, 3, 4], SendAll(now: 12));
    }

    [Fact]
    public void What_could_not_be_handed_over_waits_in_its_place()
    {
        AddAll();
        Send();
        _lane.Failed(_batches[1], resumeAt: 5);
        _lane.Done(_batches[0]);
        Assert.Equal([1L, 2, 3, 4], SendAll(now: 5));
    }

    [Fact]
    public void A_batch_that_is_given_up_blocks_nothing()
    {
        AddAll();
        Send();
        _lane.Drop(_batches[1]);
        _lane.Drop(_batches[0]);
        Assert.Equal([2L, 3, 4], SendAll(now: 0));
    }

    private void AddAll()
    {
        foreach (var batch in _batches)
            _lane.Add(batch);
    }

    private void Send()
    {
        Assert.NotNull(_lane.Next(now: 0));
        _lane.Sent();
    }

    private List<long> SendAll(long now)
    {
        var sent = new List<long>();
        while (_lane.Next(now) is { } batch)
        {
            sent.Add(batch.Number);
            _lane.Sent();
        }
        return sent;
    }
}
