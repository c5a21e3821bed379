using Microsoft.Extensions.Time.Testing;
using Shared.Delivery.Spool;
using Shared.Tests.Delivery.Kafka;

namespace Shared.Tests.Delivery.Spool;

/// <summary>A spool in a temporary folder, with batches whose content follows from their number.</summary>
internal sealed class SpoolFolder : IDisposable
{
    // The layout on disk that RecordHeader and SegmentHeader describe.
    public const int SegmentHeaderBytes = 24;
    public const int RecordHeaderBytes = 56;

    public const string Topic = "numbers";

    private readonly List<SpoolDirectory> _open = [];

    public SpoolFolder(string? path = null) => Path = path ?? Directory.CreateTempSubdirectory("spool-").FullName;

    public string Path { get; }

    /// <summary>The size in bytes of the rejected batches' files.</summary>
    public long RejectedBytes => Files("rejected").Sum(file => new FileInfo(file).Length);

    public long MaxBytes { get; init; } = 1 << 30;

    public long SegmentBytes { get; init; } = 1 << 20;

    public SpoolSync Sync { get; init; } = SpoolSync.Never;

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));

    public RecordingLog Log { get; } = new();

    public List<SpoolDamage> Damages { get; } = [];

    public SpoolDirectory Open()
    {
        var options = new SpoolOptions { Directory = Path, MaxBytes = MaxBytes, SegmentBytes = SegmentBytes, Sync = Sync };
        var spool = SpoolDirectory.Open(options, Log, Time, Damages.Add);
        _open.Add(spool);
        return spool;
    }

    public void Dispose()
    {
        foreach (var spool in _open)
            spool.Dispose();
        Directory.Delete(Path, recursive: true);
    }

    public string[] Segments(int shard = 0) => Files($"queue/{Topic}/{shard}", "*.spool");

    public string[] Files(string folder = "", string pattern = "*") =>
        Directory.Exists(System.IO.Path.Combine(Path, folder))
            ? [.. Directory.EnumerateFiles(System.IO.Path.Combine(Path, folder), pattern, SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)]
            : [];

    /// <summary>Makes batch n: its number, then bytes that follow from it; n + 1 records.</summary>
    public static byte[] Value(int number, int bytes = 100)
    {
        byte[] value = new byte[bytes];
        new Random(number).NextBytes(value);
        BitConverter.TryWriteBytes(value, number);
        return value;
    }

    public static int RecordsOf(int number) => number + 1;

    public static void Append(SpoolQueue queue, int number, int bytes = 100) =>
        Assert.True(queue.TryAppend(Value(number, bytes), RecordsOf(number)));

    /// <summary>Reads the next batch and checks it byte by byte. Null: everything is read.</summary>
    public static (int Number, SpoolEntry Entry)? ReadNext(SpoolQueue queue)
    {
        while (queue.TryPeek(out int bytes, out int records))
        {
            byte[] buffer = new byte[bytes + 7];
            if (queue.Read(buffer) is not { } entry)
                continue;   // damaged
            int number = BitConverter.ToInt32(buffer);
            Assert.Equal(Value(number, bytes), buffer[..bytes]);
            Assert.Equal((bytes, RecordsOf(number), RecordsOf(number)), (entry.Bytes, entry.Records, records));
            return (number, entry);
        }
        return null;
    }

    public static List<int> ReadAll(SpoolQueue queue)
    {
        var numbers = new List<int>();
        while (ReadNext(queue) is var (number, _))
            numbers.Add(number);
        return numbers;
    }

    /// <summary>Reads and acknowledges everything.</summary>
    public static List<int> Drain(SpoolQueue queue)
    {
        var numbers = new List<int>();
        while (ReadNext(queue) is var (number, entry))
        {
            numbers.Add(number);
            queue.Acknowledge(entry);
        }
        return numbers;
    }

    public static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = System.IO.Path.Combine(to, System.IO.Path.GetRelativePath(from, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            // The spool's own lock is held, which keeps File.Copy away from it.
            if (System.IO.Path.GetFileName(file) != "lock")
                File.Copy(file, target);
        }
    }
}
