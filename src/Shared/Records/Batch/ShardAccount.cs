namespace Shared.Records.Batch;

/// <summary>
/// The accounts of one shard of one topic. Each record that came in is in one place at any time:
/// decoded + synthetic + recovered = suppressed + in flight + spooled + acked + rejected + dropped.
/// </summary>
public sealed class ShardAccount
{
    private readonly Lock _gate = new();
    private readonly long[] _places = new long[(int)RecordState.Acked + 1];
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

    /// <summary>Records found in the input. To be counted under the gate of the shard's writer, as the next two.</summary>
    public long Decoded { get; set; }

    /// <summary>Records that the service made up itself: withdraws of routes that nothing announces any more.</summary>
    public long Synthetic { get; set; }

    /// <summary>Records left out because they say nothing new.</summary>
    public long Suppressed { get; set; }

    /// <summary>Told of records that will not reach the topic: their batch, or nothing where its octets are not known. Any thread.</summary>
    internal Action<ReadOnlyMemory<byte>>? Lost { get; set; }

    /// <summary>Fills the open batch; null for a shard that only the spool of an earlier process knows.</summary>
    internal ShardWriter? Writer { get; set; }

    /// <summary>The records have gone from one place to the next.</summary>
    public void Move(RecordState from, RecordState to, long records)
    {
        lock (_gate)
        {
            _places[(int)from] -= records;
            _places[(int)to] += records;
        }
    }

    /// <summary>The spool of an earlier process holds these.</summary>
    public void Recover(long records)
    {
        lock (_gate)
        {
            _recovered += records;
            _places[(int)RecordState.Spooled] += records;
        }
    }

    /// <summary>The records are lost.</summary>
    public void Drop(RecordState from, string reason, long records) => End(_dropped, from, reason, records);

    /// <summary>The broker refuses the records for good; they are kept in a file of the <c>rejected</c> folder.</summary>
    public void Reject(RecordState from, string reason, long records) => End(_rejected, from, reason, records);

    /// <summary>All accounts at one moment.</summary>
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
                InFlight = open + _places[(int)RecordState.InFlight],
                Spooled = _places[(int)RecordState.Spooled],
                Acked = _places[(int)RecordState.Acked],
                Rejected = new Dictionary<string, long>(_rejected),
                Dropped = new Dictionary<string, long>(_dropped),
            };
        }
    }

    private void End(Dictionary<string, long> reasons, RecordState from, string reason, long records)
    {
        lock (_gate)
        {
            _places[(int)from] -= records;
            reasons[reason] = reasons.GetValueOrDefault(reason) + records;
        }
    }
}
