using Load.Arrivals;
using Microsoft.Extensions.Logging.Abstractions;
using Shared.Delivery.Spool;

namespace EndToEnd.Tests.Faults;

/// <summary>Reads the contents of a spool that no process uses any more. It reads a copy, so it mends and takes nothing.</summary>
internal static class SpoolContents
{
    /// <summary>Adds every record of the topic to <paramref name="records"/>.</summary>
    public static void AddTo(Dictionary<RecordSource, SequenceArrivals> records, string spool, string topic)
    {
        string copy = Directory.CreateTempSubdirectory("spool-copy-").FullName;
        try
        {
            foreach (string file in Directory.EnumerateFiles(spool, "*", SearchOption.AllDirectories))
            {
                string target = Path.Combine(copy, Path.GetRelativePath(spool, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
            using var directory = SpoolDirectory.Open(new SpoolOptions { Directory = copy }, NullLogger.Instance, TimeProvider.System, _ =>
                { });
            foreach (var queue in directory.Queues.Where(queue => queue.Topic == topic))
                AddTo(records, queue);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static void AddTo(Dictionary<RecordSource, SequenceArrivals> records, SpoolQueue queue)
    {
        var reader = new SourceReader();
        while (queue.TryPeek(out int bytes, out _))
        {
            byte[] value = new byte[bytes];
            if (queue.Read(value) is null)
                continue;
            reader.Read(value, (source, sequence) =>
            {
                if (!records.TryGetValue(source, out var known))
                    records.Add(source, known = new SequenceArrivals());
                known.Add(sequence);
            });
        }
    }
}
