using Microsoft.Extensions.Time.Testing;
using Shared.Delivery.Files;
using Shared.Records.Batch;
using Shared.Tests.Delivery.Kafka;
using Shared.Tests.Records.Batch;
using Suite.Tests.Records;

namespace Shared.Tests.Delivery.Files;

public sealed class DirectorySinkTests : IDisposable
{
    private const int FileFailed = 210, FileRecovered = 211, GivenUp = 212;

    /// <summary>Vector B of the flags' and schema's contract: a synthetic withdraw as the old service wrote it.</summary>
    internal const string OldUpdate =
        "00000000200000000000000008000a0015cd853dfe9c9717c0d47e3dfe9c9717409c18090100000ae9fd0000000000000000000000000000" +
        "000000000000000000000000000000000000000000000000250000008200000029000000820000002d00000082000000310000005a000000" +
        "35000000040000003100000082000000350000000700000035000000070000003500000007000000350000000400000020010db800000000" +
        "000000000000000100000000000000000000ffffc000020900000000000000000000ffffcb007100494e434f4d504c455445000000000000" +
        "00000000000000000000000000000000000000000100000000000000010001000000000002000000";

    private readonly string _directory = Directory.CreateTempSubdirectory("directory-sink-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
    private readonly RecordingLog _log = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Batches_of_a_topic_follow_each_other_in_a_file_named_after_topic_and_time()
    {
        await WriteAsync(records: 25);
        Assert.Equal(["numbers-20260304T050607Z-1.capnp"], Names());
        Assert.Equal(Enumerable.Range(0, 25).Select(i => (long)i), NumberedRecords.Numbers(await ReadAsync(Names()[0])));
    }

    [Fact]
    public async Task A_file_that_would_grow_too_large_is_finished_and_no_batch_is_cut()
    {
        await WriteAsync(records: 50, maxFileBytes: 2500);
        Assert.Equal([2000, 2000, 1000], Names().Select(name => new FileInfo(Path.Combine(_directory, "numbers", name)).Length));
        Assert.Equal(
            Enumerable.Range(0, 50).Select(i => (long)i),
            Names().SelectMany(name => NumberedRecords.Numbers(File.ReadAllBytes(Path.Combine(_directory, "numbers", name)))));
    }

    [Fact]
    public async Task A_second_run_in_the_same_second_overwrites_nothing()
    {
        await WriteAsync(records: 10);
        await WriteAsync(records: 10);
        Assert.Equal(2, Names().Count);
    }

    [Fact]
    public async Task A_growing_file_bears_another_name_and_is_finished_after_an_hour_without_input()
    {
        using var seen = new FileSystemWatcher(Directory.CreateDirectory(Path.Combine(_directory, "numbers")).FullName);
        var renamed = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        seen.Renamed += (_, e) => renamed.TrySetResult(e.OldName + " " + e.Name);
        seen.EnableRaisingEvents = true;
        await using var sink = new DirectorySink(_directory, _log, _time);
        var output = new TopicWriter("numbers", NumberedRecords.Options(batchesPerShard: 1), sink, _time);
        for (int i = 0; i < 11; i++)
            await NumberedRecords.WriteAsync(output.Shards[0], i);   // the eleventh waits until the first batch is written
        Assert.Equal(["numbers-20260304T050607Z-1.capnp.part"], Names());
        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.False(renamed.Task.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(
            "numbers-20260304T050607Z-1.capnp.part numbers-20260304T050607Z-1.capnp",
            await renamed.Task.WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Where_nothing_can_be_written_the_input_waits_and_goes_on_when_it_can()
    {
        string obstacle = Path.Combine(_directory, "numbers");
        await File.WriteAllTextAsync(obstacle, "a file where the folder is to be", TestContext.Current.CancellationToken);
        var sink = new DirectorySink(_directory, _log, _time);
        var output = new TopicWriter("numbers", NumberedRecords.Options(batchesPerShard: 2), sink, _time);
        for (int i = 0; i < 20; i++)
            Assert.True(NumberedRecords.TryWrite(output.Shards[0], i));
        Assert.False(NumberedRecords.TryWrite(output.Shards[0], 20) && NumberedRecords.TryWrite(output.Shards[0], 21));
        await _log.NextAsync(FileFailed);
        Assert.Contains(obstacle, sink.NotReady!, StringComparison.Ordinal);

        File.Delete(obstacle);
        // The pause may begin after the line is logged, so the clock advances until it is over.
        var recovered = _log.NextAsync(FileRecovered);
        while (!recovered.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await recovered;
        await sink.DisposeAsync();
        Assert.Null(sink.NotReady);
        Assert.Equal(1, _log.Count(FileFailed));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (long)i), NumberedRecords.Numbers(await ReadAsync(Names()[0])));
    }

    [Fact]
    public async Task The_end_is_not_held_up_by_a_directory_that_cannot_be_written()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "numbers"), "", TestContext.Current.CancellationToken);
        var sink = new DirectorySink(_directory, _log, _time);
        var accounts = new RecordAccounts();
        var output = new TopicWriter("numbers", NumberedRecords.Options(), sink, _time, accounts);
        for (int i = 0; i < 15; i++)
            NumberedRecords.TryWrite(output.Shards[0], i);
        output.CloseDue(always: true);
        var end = sink.DisposeAsync().AsTask();
        while (!end.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await end;
        Assert.Contains("2 batches (15 records)", await _log.NextAsync(GivenUp), StringComparison.Ordinal);
        Assert.Equal(15, accounts.Balances()["numbers"].Dropped["shutdown"]);
    }

    [Fact]
    public async Task Files_are_read_by_the_capnp_tool()
    {
        byte[] message = Convert.FromHexString(OldUpdate);
        await using (var sink = new DirectorySink(_directory, _log, _time))
        {
            var output = new TopicWriter("numbers", NumberedRecords.Options(maxBytes: 1000), sink, _time);
            lock (output.Shards[0].Gate)
            {
                for (int i = 0; i < 10; i++)
                {
                    Assert.True(output.Shards[0].TryReserve(message.Length, out var space));
                    message.CopyTo(space);
                    output.Shards[0].Commit(message.Length, 1);
                }
            }
            output.CloseDue(always: true);
        }
        string text = await CapnpTool.DecodeAsync(
            await ReadAsync(Names()[0]), RepositoryFolder.Schema("update"), "Update", TestContext.Current.CancellationToken);
        Assert.Equal(10, text.Split("INCOMPLETE").Length - 1);
    }

    private async Task WriteAsync(int records, long maxFileBytes = 1 << 20)
    {
        await using var sink = new DirectorySink(_directory, _log, _time, new FileRotation { MaxBytes = maxFileBytes });
        var output = new TopicWriter("numbers", NumberedRecords.Options(), sink, _time);
        for (int i = 0; i < records; i++)
            await NumberedRecords.WriteAsync(output.Shards[0], i);
        output.CloseDue(always: true);
    }

    private List<string> Names() =>
        [.. Directory.GetFiles(Path.Combine(_directory, "numbers")).Select(path => Path.GetFileName(path)).Order()];

    private Task<byte[]> ReadAsync(string name) =>
        File.ReadAllBytesAsync(Path.Combine(_directory, "numbers", name), TestContext.Current.CancellationToken);
}
