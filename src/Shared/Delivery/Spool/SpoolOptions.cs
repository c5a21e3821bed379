namespace Shared.Delivery.Spool;

/// <summary>Where batches wait on disk, and how much of it they may take.</summary>
public sealed record SpoolOptions
{
    /// <summary>A batch on disk is never larger: what a length in a file may claim.</summary>
    public const int MaxBatchBytes = 256 << 20;

    private const long MinSegmentBytes = 1 << 20;

    /// <summary>The folder; made when it is not there. One process at a time uses it.</summary>
    public required string Directory { get; init; }

    /// <summary>Octets of all files, rejected batches included.</summary>
    public long MaxBytes { get; init; } = 10L << 30;

    /// <summary>A file that would grow beyond it is followed by the next. Octets on disk become free by whole files.</summary>
    public long SegmentBytes { get; init; } = 64 << 20;

    public SpoolSync Sync { get; init; } = SpoolSync.Interval;

    /// <summary>What is wrong, one line each that names the flag.</summary>
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
