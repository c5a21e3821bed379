using System.Buffers.Binary;
using Shared.Delivery.Files;
using Shared.Tests.Delivery.Kafka;
using Suite.Tests.Records;

namespace Shared.Tests.Delivery.Files;

public sealed class LeftoverFileTests : IDisposable
{
    private const int Finished = 213, Damaged = 214, Failed = 215;

    private static readonly byte[] Message = Convert.FromHexString(DirectorySinkTests.OldUpdate);

    private readonly string _directory = Directory.CreateTempSubdirectory("leftover-").FullName;
    private readonly RecordingLog _log = new();

    private string Folder => Path.Combine(_directory, "numbers");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_file_cut_at_any_byte_of_its_last_message_is_finished_with_the_whole_ones()
    {
        byte[] whole = [.. Message, .. Message];
        for (int cut = 1; cut < Message.Length; cut++)
            Leave($"numbers-20260304T050607Z-{cut}.capnp", [.. whole, .. Message[..cut]]);
        await StartAndStopAsync();

        for (int cut = 1; cut < Message.Length; cut++)
        {
            Assert.Equal(whole, Read($"numbers-20260304T050607Z-{cut}.capnp"));
            Assert.Equal(Message[..cut], Read($"numbers-20260304T050607Z-{cut}.capnp.damaged"));
        }
        Assert.Empty(Directory.GetFiles(Folder, "*.part"));
        Assert.Equal(Message.Length - 1, _log.Count(Finished));
        Assert.Equal(Message.Length - 1, _log.Count(Damaged));
        string text = await CapnpTool.DecodeAsync(
            Read("numbers-20260304T050607Z-1.capnp"), RepositoryFolder.Schema("update"), "Update", TestContext.Current.CancellationToken);
        Assert.Equal(2, text.Split("INCOMPLETE").Length - 1);
    }

    [Fact]
    public async Task A_whole_file_is_finished_as_it_is()
    {
        Leave("numbers-20260304T050607Z-1.capnp", Message);
        await StartAndStopAsync();
        Assert.Equal(["numbers-20260304T050607Z-1.capnp"], Names());
        Assert.Contains($"1 records, {Message.Length} bytes", await _log.NextAsync(Finished), StringComparison.Ordinal);
        Assert.Equal(0, _log.Count(Damaged));
    }

    [Fact]
    public async Task Bytes_after_an_unreadable_message_are_kept_in_another_file()
    {
        byte[] bad = [.. Enumerable.Repeat((byte)0xFF, 8), .. Message];
        Leave("numbers-20260304T050607Z-1.capnp", [.. Message, .. bad]);
        // A file of zeros is what a power cut may leave.
        Leave("numbers-20260304T050607Z-2.capnp", new byte[4096]);
        Leave("numbers-20260304T050607Z-3.capnp", []);
        await StartAndStopAsync();
        Assert.Equal(
            ["numbers-20260304T050607Z-1.capnp", "numbers-20260304T050607Z-1.capnp.damaged", "numbers-20260304T050607Z-2.capnp.damaged"],
            Names());
        Assert.Equal(Message, Read("numbers-20260304T050607Z-1.capnp"));
        Assert.Equal(bad, Read("numbers-20260304T050607Z-1.capnp.damaged"));
        Assert.Contains("4096 bytes", await _log.NextAsync(Damaged), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_larger_than_what_is_read_at_a_time_are_found()
    {
        byte[] large = new byte[8 + (3 << 20)];
        BinaryPrimitives.WriteInt32LittleEndian(large.AsSpan(4), (3 << 20) / 8);
        byte[] whole = [.. Message, .. large, .. Message, .. large];
        Leave("numbers-20260304T050607Z-1.capnp", [.. whole, .. large[..^8]]);
        await StartAndStopAsync();
        Assert.Equal(whole, Read("numbers-20260304T050607Z-1.capnp"));
        Assert.Equal(large.Length - 8, Read("numbers-20260304T050607Z-1.capnp.damaged").Length);
    }

    [Fact]
    public async Task A_file_that_cannot_be_finished_is_reported_and_left_alone()
    {
        Leave("numbers-20260304T050607Z-1.capnp", [.. Message, 1]);
        Directory.CreateDirectory(Path.Combine(Folder, "numbers-20260304T050607Z-1.capnp.damaged"));
        await StartAndStopAsync();
        Assert.Contains("numbers-20260304T050607Z-1.capnp.part", await _log.NextAsync(Failed), StringComparison.Ordinal);
        Assert.Equal([.. Message, 1], Read("numbers-20260304T050607Z-1.capnp.part"));
    }

    [Fact]
    public async Task Files_of_others_are_left_alone()
    {
        Leave("download.capnp", Message);
        await StartAndStopAsync();
        Assert.Equal(["download.capnp.part"], Names());
    }

    [Fact]
    public async Task A_directory_in_use_cannot_be_used_by_another()
    {
        await using (new DirectorySink(_directory, _log, TimeProvider.System))
        {
            var error = Assert.Throws<IOException>(() => { new DirectorySink(_directory, _log, TimeProvider.System); });
            Assert.Contains("used by another process", error.Message, StringComparison.Ordinal);
        }
        await StartAndStopAsync();
    }

    private async Task StartAndStopAsync() => await new DirectorySink(_directory, _log, TimeProvider.System).DisposeAsync();

    private void Leave(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllBytes(Path.Combine(Folder, name + ".part"), bytes);
    }

    private byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    private IEnumerable<string> Names() => Directory.GetFiles(Folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);
}
