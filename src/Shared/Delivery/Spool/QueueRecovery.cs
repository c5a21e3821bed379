using System.Globalization;

namespace Shared.Delivery.Spool;

/// <summary>Finds the queues that an earlier run left: queue/TOPIC/SHARD/NNNNNNNNNNNNNNNN.spool. What is not the spool's is left alone and named.</summary>
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
        var head = SpoolHead.Read(Path.Combine(folder, SpoolHead.Name));
        var segments = new List<(string Path, long Number, ulong Mark)>();
        foreach (string path in Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal))
        {
            if (Path.GetFileName(path) == SpoolHead.Name)
                continue;
            if (!SpoolSegment.TryNumberOf(path, out long number) || Directory.Exists(path))
            {
                SpoolLog.Unknown(disk.Logger, path);
                continue;
            }
            queue.NumberIsTaken(number);
            long length = new FileInfo(path).Length;
            if (length <= SegmentHeader.Bytes)
                disk.Remove(path);   // ended while it was made
            else if (SegmentRecovery.TryReadMark(path, out ulong mark))
                segments.Add((path, number, mark));
            else
                disk.Report(new SpoolDamage(queue.Topic, queue.Shard, path, 0, length, null, "no header can be read; the file is left alone"));
        }
        // A head whose segment is gone, or another of the same number, says nothing about where to begin.
        int first = head is { } known ? segments.FindIndex(s => s.Number == known.Number && s.Mark == known.Mark) : -1;
        for (int i = 0; i < segments.Count; i++)
        {
            var (path, number, mark) = segments[i];
            if (i < first)
            {
                disk.Remove(path);
                continue;
            }
            var from = i == first ? head!.Place : SegmentPlace.Start;
            var found = SegmentRecovery.Walk(path, number, mark, from, head, (place, bytes, records, what) =>
                disk.Report(new SpoolDamage(queue.Topic, queue.Shard, path, place.Offset, bytes, records, what)));
            if (found.Batches == 0)
                disk.Remove(path);
            else
                queue.Recover(found);
        }
        if (queue.Batches == 0 && head is not null)
            disk.Remove(Path.Combine(folder, SpoolHead.Name));
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number.ToString(CultureInfo.InvariantCulture) == text;
}
