using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Shared.Delivery.Spool;

/// <summary>
/// Holds what the queues of one spool share: the limits, the bytes on disk, the files that are not synced, the report of damage.
/// </summary>
internal sealed class SpoolDisk(SpoolOptions options, ILogger logger, TimeProvider time, Action<SpoolDamage> onDamage)
{
    private readonly HashSet<SpoolSegment> _dirtySegments = [];
    private readonly HashSet<string> _dirtyFolders = [];

    public SpoolOptions Options { get; } = options;

    public ILogger Logger { get; } = logger;

    public TimeProvider Time { get; } = time;

    public RejectedFolder Rejected { get; } = new(Path.Combine(options.Directory, "rejected"), options.Sync, time);

    /// <summary>Bytes of all segments.</summary>
    public long SegmentBytes { get; set; }

    public long Bytes => SegmentBytes + Rejected.Bytes;

    public bool HasRoom(long bytes)
    {
        if (Bytes + bytes <= Options.MaxBytes)
            return true;
        if (Rejected.Bytes > 0)
            Rejected.Count();
        return Bytes + bytes <= Options.MaxBytes;
    }

    public void Appended(SpoolSegment segment) => _dirtySegments.Add(segment);

    public void NamesChanged(string folder) => _dirtyFolders.Add(folder);

    /// <summary>Syncs the files that changed since the last time, and closes the segments that take no more batches.</summary>
    /// <exception cref="IOException">The disk refuses. The next call tries the rest again.</exception>
    public void Sync()
    {
        bool isWanted = Options.Sync != SpoolSync.Never;
        foreach (var segment in _dirtySegments)
        {
            if (isWanted)
                RandomAccess.FlushToDisk(segment.File);
            _dirtySegments.Remove(segment);
            Close(segment);
        }
        foreach (string folder in _dirtyFolders)
        {
            if (isWanted && Directory.Exists(folder))
                DirectoryEntries.Sync(folder);
            _dirtyFolders.Remove(folder);
        }
    }

    /// <summary>Closes a segment that is not in use now. A later read opens it again.</summary>
    public void Close(SpoolSegment segment)
    {
        if (!segment.IsTail && !_dirtySegments.Contains(segment))
            segment.Dispose();
    }

    /// <summary>Deletes the file. If that fails it logs it: the file's batches may be sent twice, which is allowed.</summary>
    public void Remove(SpoolSegment segment)
    {
        _dirtySegments.Remove(segment);
        segment.Dispose();
        SegmentBytes -= segment.End.Offset;
        Remove(segment.Path);
    }

    public void Remove(string path) => TryRemove(File.Delete, path);

    public void RemoveFolder(string path) => TryRemove(Directory.Delete, path);

    public void Report(SpoolDamage damage)
    {
        string records = damage.Records?.ToString(CultureInfo.InvariantCulture) ?? "an unknown number of";
        SpoolLog.Damaged(Logger, damage.File, damage.Offset, damage.Bytes, damage.What, records);
        onDamage(damage);
    }

    private void TryRemove(Action<string> remove, string path)
    {
        try
        {
            remove(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SpoolLog.NotRemoved(Logger, path, e.Message);
        }
    }
}
