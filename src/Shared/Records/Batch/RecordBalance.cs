namespace Shared.Records.Batch;

/// <summary>Counts the records of one shard, or of several, by state at one moment. See <see cref="ShardAccount"/>.</summary>
public sealed record RecordBalance
{
    public long Decoded { get; init; }

    public long Synthetic { get; init; }

    public long Recovered { get; init; }

    public long Suppressed { get; init; }

    /// <summary>Records in memory only: in the open batch, or in a closed batch that is not acknowledged.</summary>
    public long InFlight { get; init; }

    public long Spooled { get; init; }

    public long Acked { get; init; }

    /// <summary>Rejected records by reason.</summary>
    public IReadOnlyDictionary<string, long> Rejected { get; init; } = new Dictionary<string, long>();

    /// <summary>Dropped records by reason.</summary>
    public IReadOnlyDictionary<string, long> Dropped { get; init; } = new Dictionary<string, long>();

    /// <summary>
    /// The number of records that came in and have no other state. It is 0 when nothing is under way, and not 0 while a message waits for a
    /// decision of the service or for room for the rest of its records.
    /// </summary>
    public long Unaccounted =>
        Decoded + Synthetic + Recovered - Suppressed - InFlight - Spooled - Acked - Rejected.Values.Sum() - Dropped.Values.Sum();

    /// <summary>Adds the two.</summary>
    public static RecordBalance operator +(RecordBalance left, RecordBalance right) => new()
    {
        Decoded = left.Decoded + right.Decoded,
        Synthetic = left.Synthetic + right.Synthetic,
        Recovered = left.Recovered + right.Recovered,
        Suppressed = left.Suppressed + right.Suppressed,
        InFlight = left.InFlight + right.InFlight,
        Spooled = left.Spooled + right.Spooled,
        Acked = left.Acked + right.Acked,
        Rejected = Sum(left.Rejected, right.Rejected),
        Dropped = Sum(left.Dropped, right.Dropped),
    };

    private static Dictionary<string, long> Sum(IReadOnlyDictionary<string, long> left, IReadOnlyDictionary<string, long> right)
    {
        var sum = new Dictionary<string, long>(left);
        foreach (var (reason, records) in right)
            sum[reason] = sum.GetValueOrDefault(reason) + records;
        return sum;
    }
}
