using System.Diagnostics;
using Shared.Delivery.Files;
using Shared.Records.Batch;
using Shared.Tests.Delivery.Kafka;
using Shared.Tests.Records.Batch;
using Suite.Tests.Records;

namespace Shared.Tests.Delivery.Files;

/// <summary>Tests a disk that is really full: a file system of 256 KiB in memory.</summary>
public sealed class FullDiskTests : IAsyncDisposable
{
    private const int FileFailed = 210, FileRecovered = 211;

    private readonly string _directory = Directory.CreateTempSubdirectory("full-disk-").FullName;
    private readonly RecordingLog _log = new();
    private bool _isMounted;

    public async ValueTask DisposeAsync()
    {
        if (_isMounted)
            await RunAsync("umount", _directory);
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task While_the_disk_is_full_the_input_waits_and_nothing_is_lost()
    {
        Programs.Need("mount");
        await RunAsync("mount", "-t", "tmpfs", "-o", "size=256k", "full-disk-test", _directory);
        _isMounted = true;
        string ballast = Path.Combine(_directory, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[150_000], TestContext.Current.CancellationToken);

        var accounts = new RecordAccounts();
        var sink = new DirectorySink(_directory, _log, TimeProvider.System, new FileRotation { MaxBytes = 35_000 });
        var output = new TopicWriter("numbers", NumberedRecords.Options(maxBytes: 10_000), sink, TimeProvider.System, accounts);
        const int records = 1600;   // 160,000 bytes: more than there is room for, less than there will be
        var writing = Task.Run(async () =>
        {
            for (int i = 0; i < records; i++)
                await NumberedRecords.WriteAsync(output.Shards[0], i);
        }, TestContext.Current.CancellationToken);

        Assert.Contains("No space left on device", await _log.NextAsync(FileFailed), StringComparison.Ordinal);
        Assert.Contains("No space left on device", sink.NotReady!, StringComparison.Ordinal);
        Assert.False(writing.IsCompleted);

        File.Delete(ballast);
        await _log.NextAsync(FileRecovered);
        await writing;
        output.CloseDue(always: true);
        await sink.DisposeAsync();

        var written = Directory.GetFiles(Path.Combine(_directory, "numbers")).OrderBy(NumberOf).ToList();
        Assert.All(written, file => Assert.EndsWith(".capnp", file, StringComparison.Ordinal));
        Assert.Equal(
            Enumerable.Range(0, records).Select(i => (long)i),
            written.SelectMany(file => NumberedRecords.Numbers(File.ReadAllBytes(file))));
        Assert.Equal(records, accounts.Balances()["numbers"].Acked);
        Assert.Equal(1, _log.Count(FileFailed));
    }

    private static int NumberOf(string file) =>
        int.Parse(Path.GetFileNameWithoutExtension(file).Split('-')[^1], System.Globalization.CultureInfo.InvariantCulture);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0 && program == "mount")
            Assert.Skip($"a file system of its own needs root: {errors.Trim()}");
    }
}
