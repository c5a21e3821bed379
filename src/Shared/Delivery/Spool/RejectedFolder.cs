using System.Globalization;

namespace Shared.Delivery.Spool;

/// <summary>
/// Keeps the batches that the broker refuses permanently, for an operator: rejected/TOPIC/shard-SHARD-UTC-N-REASON.capnp, plain
/// Cap'n Proto messages for <c>capnp decode</c> or <c>kcat -P -t TOPIC -k SHARD FILE</c>. The spool never deletes them.
/// </summary>
internal sealed class RejectedFolder(string folder, SpoolSync sync, TimeProvider time)
{
    private const string Growing = ".part";
    private const int MaxReasonLength = 60;

    private static readonly TimeSpan CountPause = TimeSpan.FromSeconds(10);

    private long? _countedAt;
    private int _number;

    /// <summary>Bytes of all files: the last count and the batches since then.</summary>
    public long Bytes { get; private set; }

    /// <summary>Counts the bytes again, at most every 10 s, because operators delete files.</summary>
    public void Count()
    {
        if (_countedAt is { } last && time.GetElapsedTime(last) < CountPause)
            return;
        _countedAt = time.GetTimestamp();
        var files = new DirectoryInfo(folder);
        Bytes = files.Exists ? files.EnumerateFiles("*", SearchOption.AllDirectories).Sum(LengthOf) : 0;
    }

    /// <summary>Writes the batch to a new file and returns its path.</summary>
    /// <exception cref="IOException">The disk is full, or the like; there is no such file then.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public string Add(string topic, int shard, string reason, ReadOnlySpan<byte> value)
    {
        string topicFolder = Path.Combine(folder, topic);
        Directory.CreateDirectory(topicFolder);
        string stamp = time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        string path;
        do
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"shard-{shard}-{stamp}-{++_number}-{NameOf(reason)}.capnp");
            path = Path.Combine(topicFolder, name);
        }
        while (File.Exists(path));
        try
        {
            using (var file = File.OpenHandle(path + Growing, FileMode.Create, FileAccess.Write))
            {
                RandomAccess.Write(file, value, 0);
                if (sync != SpoolSync.Never)
                    RandomAccess.FlushToDisk(file);
            }
            File.Move(path + Growing, path);
        }
        catch (IOException)
        {
            File.Delete(path + Growing);
            throw;
        }
        if (sync != SpoolSync.Never)
            DirectoryEntries.Sync(topicFolder);
        Bytes += value.Length;
        return path;
    }

    /// <summary>Makes the reason a part of a file name.</summary>
    private static string NameOf(string reason) =>
        string.Concat(reason.Take(MaxReasonLength).Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '_'));

    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;   // someone deleted it meanwhile
        }
    }
}
