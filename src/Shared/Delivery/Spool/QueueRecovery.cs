using System.Globalization;

namespace Shared.Delivery.Spool;

/// <summary>
/// Finds the queues that an earlier run left: queue/TOPIC/SHARD/NNNNNNNNNNNNNNNN.spool. It logs files that are not the spool's and
/// leaves them alone.
/// </summary>
internal static class QueueRecovery
{
    /// <exception cref="IOException">A file cannot be opened, or is of another version.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read or written.</exception>
    public static void Recover(SpoolDisk disk, string folder, Func<string, int, SpoolQueue> queueOf)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (string topicFolder in Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal))
        {
            string topic = Path.GetFileName(topicFolder);
            if (!Directory.Exists(topicFolder) || !SpoolDirectory.IsTopic(topic))
            {
                SpoolLog.Unknown(disk.Logger, topicFolder);
                continue;
            }
            foreach (string shardFolder in Directory.EnumerateFileSystemEntries(topicFolder).Order(StringComparer.Ordinal))
            {
                if (Directory.Exists(shardFolder) && TryNumber(Path.GetFileName(shardFolder), out int shard))
                    RecoverQueue(disk, shardFolder, queueOf(topic, shard));
                else
                    SpoolLog.Unknown(disk.Logger, shardFolder);
            }
        }
    }

    private static void RecoverQueue(SpoolDisk disk, string folder, SpoolQueue queue)
    {
        var checkpoint = SpoolCheckpoint.Read(Path.Combine(folder, SpoolCheckpoint.Name));
        var segments = new List<(string Path, long Number, ulong SegmentId)>();
        foreach (string path in Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal))
        {
            if (Path.GetFileName(path) == SpoolCheckpoint.Name)
                continue;
            if (!SpoolSegment.TryNumberOf(path, out long number) || Directory.Exists(path))
            {
                SpoolLog.Unknown(disk.Logger, path);
                continue;
            }
            queue.NumberIsTaken(number);
            long length = new FileInfo(path).Length;
            if (length <= SegmentHeader.Bytes)
                disk.Remove(path);   // the process ended while it made the file
            else if (SegmentRecovery.TryReadId(path, out ulong segmentId))
                segments.Add((path, number, segmentId));
            else
            {
                const string what = "no header can be read; the file is left alone";
                disk.Report(new SpoolDamage(queue.Topic, queue.Shard, path, Offset: 0, length, Records: null, what));
            }
        }
        // A checkpoint does not apply if its segment is gone or another segment has its number.
        int first = checkpoint is { } known ? segments.FindIndex(s => s.Number == known.Number && s.SegmentId == known.SegmentId) : -1;
        for (int i = 0; i < segments.Count; i++)
        {
            var (path, number, segmentId) = segments[i];
            if (i < first)
            {
                disk.Remove(path);
                continue;
            }
            var from = i == first ? checkpoint!.Position : SegmentPosition.Start;
            var found = SegmentRecovery.Walk(path, number, segmentId, from, checkpoint, (position, bytes, records, what) =>
                disk.Report(new SpoolDamage(queue.Topic, queue.Shard, path, position.Offset, bytes, records, what)));
            if (found.Batches == 0)
                disk.Remove(path);
            else
                queue.Recover(found);
        }
        if (queue.Batches == 0 && checkpoint is not null)
            disk.Remove(Path.Combine(folder, SpoolCheckpoint.Name));
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number.ToString(CultureInfo.InvariantCulture) == text;
}
