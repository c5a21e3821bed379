namespace Shared.Records.Batch;

/// <summary>
/// Counts the records of one shard of one topic by state. Each record that came in has one state at any time:
/// decoded + synthetic + recovered = suppressed + in flight + spooled + acked + rejected + dropped.
/// </summary>
public sealed class ShardAccount
{
    private readonly Lock _gate = new();
    private readonly long[] _states = new long[(int)RecordState.Acked + 1];
    private readonly Dictionary<string, long> _dropped = [];
    private readonly Dictionary<string, long> _rejected = [];
    private long _recovered;

    internal ShardAccount(string topic, int shard)
    {
        Topic = topic;
        Shard = shard;
    }

    /// <summary>Held by anyone who writes to the shard. It exists before the shard's writer does.</summary>
    public Lock Gate { get; } = new();

    public string Topic { get; }

    public int Shard { get; }

    /// <summary>Records found in the input. Count these, and the next two, under the gate of the shard's writer.</summary>
    public long Decoded { get; set; }

    /// <summary>Records that the service made itself: withdrawals of routes that no session announces any more.</summary>
    public long Synthetic { get; set; }

    /// <summary>Records that the service leaves out because they say nothing new.</summary>
    public long Suppressed { get; set; }

    /// <summary>
    /// Called for records that will not reach the topic, with their batch, or empty if its bytes are unknown. Any thread.
    /// </summary>
    internal Action<ReadOnlyMemory<byte>>? Lost { get; set; }

    /// <summary>The shard's writer; null for a shard that only the spool of an earlier process knows.</summary>
    internal ShardWriter? Writer { get; set; }

    /// <summary>Moves records from one state to another.</summary>
    public void Move(RecordState from, RecordState to, long records)
    {
        lock (_gate)
        {
            _states[(int)from] -= records;
            _states[(int)to] += records;
        }
    }

    /// <summary>Adds the records that an earlier process left in the spool.</summary>
    public void Recover(long records)
    {
        lock (_gate)
        {
            _recovered += records;
            _states[(int)RecordState.Spooled] += records;
        }
    }

    /// <summary>Counts records as lost.</summary>
    public void Drop(RecordState from, string reason, long records) => End(_dropped, from, reason, records);

    /// <summary>Counts records as refused permanently; a file of the <c>rejected</c> folder keeps them.</summary>
    public void Reject(RecordState from, string reason, long records) => End(_rejected, from, reason, records);

    /// <summary>All counts at one moment.</summary>
    public RecordBalance Balance()
    {
        if (Writer is not { } writer)
            return Balance(open: 0);
        lock (writer.Gate)
            return Balance(writer.OpenRecords);
    }

    private RecordBalance Balance(int open)
    {
        lock (_gate)
        {
            return new RecordBalance
            {
                Decoded = Decoded,
                Synthetic = Synthetic,
                Recovered = _recovered,
                Suppressed = Suppressed,
                InFlight = open + _states[(int)RecordState.InFlight],
                Spooled = _states[(int)RecordState.Spooled],
                Acked = _states[(int)RecordState.Acked],
                Rejected = new Dictionary<string, long>(_rejected),
                Dropped = new Dictionary<string, long>(_dropped),
            };
        }
    }

    private void End(Dictionary<string, long> reasons, RecordState from, string reason, long records)
    {
        lock (_gate)
        {
            _states[(int)from] -= records;
            reasons[reason] = reasons.GetValueOrDefault(reason) + records;
        }
    }
}
