namespace Shared.Records.Batch;

/// <summary>The accounts of a shard, or of several, at one moment; all in records. See <see cref="ShardAccount"/>.</summary>
public sealed record RecordBalance
{
    public long Decoded { get; init; }

    public long Synthetic { get; init; }

    public long Recovered { get; init; }

    public long Suppressed { get; init; }

    /// <summary>In memory only: in the open batch, or in a closed one that is not acknowledged.</summary>
    public long InFlight { get; init; }

    public long Spooled { get; init; }

    public long Acked { get; init; }

    /// <summary>By reason.</summary>
    public IReadOnlyDictionary<string, long> Rejected { get; init; } = new Dictionary<string, long>();

    /// <summary>By reason.</summary>
    public IReadOnlyDictionary<string, long> Dropped { get; init; } = new Dictionary<string, long>();

    /// <summary>
    /// What came in and is nowhere. Not 0 only while a message has found room for a part of its records, or has to wait for a
    /// decision of the service; 0 at rest.
    /// </summary>
    public long Unaccounted =>
        Decoded + Synthetic + Recovered - Suppressed - InFlight - Spooled - Acked - Rejected.Values.Sum() - Dropped.Values.Sum();

    /// <summary>The sum of both.</summary>
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
