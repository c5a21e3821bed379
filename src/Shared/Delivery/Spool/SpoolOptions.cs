namespace Shared.Delivery.Spool;

/// <summary>Says where batches wait on disk and how many bytes they may take.</summary>
public sealed record SpoolOptions
{
    /// <summary>The largest batch on disk; a larger length in a file means damage.</summary>
    public const int MaxBatchBytes = 256 << 20;

    private const long MinSegmentBytes = 1 << 20;

    /// <summary>The folder, which the spool makes if it is missing. One process at a time uses it.</summary>
    public required string Directory { get; init; }

    /// <summary>Bytes of all files, rejected batches included.</summary>
    public long MaxBytes { get; init; } = 10L << 30;

    /// <summary>The largest segment. The spool deletes whole segments.</summary>
    public long SegmentBytes { get; init; } = 64 << 20;

    public SpoolSync Sync { get; init; } = SpoolSync.Interval;

    /// <summary>Checks the options.</summary>
    /// <returns>A line for each problem, with the flag's name.</returns>
    public IEnumerable<string> Problems()
    {
        if (string.IsNullOrWhiteSpace(Directory))
            yield return "--spool-dir: names no folder";
        if (SegmentBytes is < MinSegmentBytes or > 1L << 30)
            yield return $"--spool-segment-bytes: {SegmentBytes} is not between {MinSegmentBytes} and {1L << 30}";
        if (MaxBytes < SegmentBytes)
            yield return $"--spool-max-bytes: {MaxBytes} is less than one segment (--spool-segment-bytes {SegmentBytes})";
    }
}
