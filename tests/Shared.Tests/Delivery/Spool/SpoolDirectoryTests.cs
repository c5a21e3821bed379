using System.Diagnostics;
using Shared.Delivery.Spool;

namespace Shared.Tests.Delivery.Spool;

public sealed class SpoolDirectoryTests : IDisposable
{
    private readonly SpoolFolder _folder = new() { MaxBytes = 10_000, SegmentBytes = 1000 };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_full_spool_refuses_batches_of_all_queues_until_there_is_room_again()
    {
        using var spool = _folder.Open();
        var (one, two) = (spool.QueueOf(SpoolFolder.Topic, 0), spool.QueueOf("others", 7));
        int number = 0;
        while ((number % 2 == 0 ? one : two).TryAppend(SpoolFolder.Value(number), SpoolFolder.RecordsOf(number)))
            number++;
        Assert.InRange(spool.Bytes, 10_000 - 180, 10_000);
        Assert.Equal(_folder.Files("queue").Sum(f => new FileInfo(f).Length), spool.Bytes);
        Assert.False(one.TryAppend(SpoolFolder.Value(0), 1));
        Assert.False(two.TryAppend(SpoolFolder.Value(0), 1));
        Assert.Null(spool.QueueOf("third", 0).TryAppendSent(SpoolFolder.Value(0), 1));
        Assert.Null(spool.Reject(SpoolFolder.Topic, 0, "too large", SpoolFolder.Value(0, 200)));

        Assert.Equal(Enumerable.Range(0, number).Where(n => n % 2 == 1), SpoolFolder.Drain(two));
        SpoolFolder.Append(one, number);
        Assert.Equal([.. Enumerable.Range(0, number).Where(n => n % 2 == 0), number], SpoolFolder.Drain(one));
        Assert.Equal(0, spool.Bytes);
    }

    [Fact]
    public void A_spool_that_is_full_before_a_restart_is_full_after_it()
    {
        long bytes;
        using (var spool = _folder.Open())
        {
            while (spool.QueueOf(SpoolFolder.Topic, 0).TryAppend(SpoolFolder.Value(1), 2))
            {
            }
            Assert.NotNull(spool.Reject(SpoolFolder.Topic, 0, "x", SpoolFolder.Value(0, 20)));
            bytes = spool.Bytes;
        }
        using (var spool = _folder.Open())
        {
            Assert.Equal((bytes, 20), (spool.Bytes, _folder.RejectedBytes));
            Assert.False(spool.QueueOf("others", 0).TryAppend(SpoolFolder.Value(1), 2));
        }
    }

    [Fact]
    public void Rejected_batches_are_plain_files_whose_names_say_all()
    {
        using var spool = _folder.Open();
        string first = spool.Reject(SpoolFolder.Topic, 3, "Broker: Message size too large", SpoolFolder.Value(1))!;
        string second = spool.Reject(SpoolFolder.Topic, 3, "../../" + new string('x', 500), SpoolFolder.Value(2))!;
        string folder = Path.Combine(_folder.Path, "rejected", SpoolFolder.Topic);
        Assert.Equal(Path.Combine(folder, "shard-3-20260304T050607Z-1-broker__message_size_too_large.capnp"), first);
        Assert.Equal(Path.Combine(folder, $"shard-3-20260304T050607Z-2-______{new string('x', 54)}.capnp"), second);
        Assert.Equal(SpoolFolder.Value(1), File.ReadAllBytes(first));
        Assert.Equal(SpoolFolder.Value(2), File.ReadAllBytes(second));
        Assert.Equal(2, _folder.Files("rejected").Length);
        Assert.Equal((200, 200), (spool.Bytes, _folder.RejectedBytes));
    }

    [Fact]
    public void A_second_run_overwrites_no_rejected_batch()
    {
        for (int i = 0; i < 3; i++)
        {
            using var spool = _folder.Open();
            spool.Reject(SpoolFolder.Topic, 0, "x", SpoolFolder.Value(i));
        }
        Assert.Equal(3, _folder.Files("rejected").Length);
    }

    [Fact]
    public void Room_that_people_make_in_rejected_is_found()
    {
        using var spool = _folder.Open();
        var queue = spool.QueueOf(SpoolFolder.Topic, 0);
        string file = spool.Reject(SpoolFolder.Topic, 0, "x", SpoolFolder.Value(0, 9_900))!;
        Assert.False(queue.TryAppend(SpoolFolder.Value(1), 2));
        File.Delete(file);
        _folder.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(queue.TryAppend(SpoolFolder.Value(1), 2));
        Assert.Equal((180, 0), (spool.Bytes, _folder.RejectedBytes));
    }

    [Fact]
    public void A_spool_that_another_process_holds_cannot_be_opened()
    {
        _folder.Open().Dispose();
        string lockFile = Path.Combine(_folder.Path, "lock");
        using var holder = Process.Start(new ProcessStartInfo("flock", ["--exclusive", lockFile, "sh", "-c", "echo held; cat"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("held", holder.StandardOutput.ReadLine());
        string message = Assert.Throws<IOException>(_folder.Open).Message;
        Assert.Equal($"--spool-dir: {_folder.Path} is in use by another process: each process needs a folder of its own", message);
        holder.StandardInput.Close();
        Assert.True(holder.WaitForExit(10_000));
        _folder.Open().Dispose();
    }

    [Fact]
    public void An_open_spool_keeps_other_processes_out()
    {
        using var spool = _folder.Open();
        Assert.Throws<IOException>(_folder.Open);
        using var other = Process.Start(
            "flock", ["--exclusive", "--nonblock", "--conflict-exit-code", "9", Path.Combine(_folder.Path, "lock"), "true"]);
        Assert.True(other.WaitForExit(10_000));
        Assert.Equal(9, other.ExitCode);
    }

    [Fact]
    public void A_file_in_the_folders_place_is_named()
    {
        using var folder = new SpoolFolder(Path.Combine(_folder.Path, "file"));
        File.WriteAllText(folder.Path, "");
        string message = Assert.Throws<IOException>(folder.Open).Message;
        File.Delete(folder.Path);
        Directory.CreateDirectory(folder.Path);
        Assert.StartsWith($"--spool-dir: {folder.Path} cannot be used (it is a file)", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("ä")]
    public void A_name_that_is_no_topic_has_no_queue(string topic)
    {
        using var spool = _folder.Open();
        Assert.Throws<ArgumentException>(() => spool.QueueOf(topic, 0));
    }

    [Theory]
    [InlineData("lock")]
    [InlineData("queue")]
    [InlineData("rejected")]
    [InlineData("head")]
    public void A_topic_may_be_called_as_the_spools_own_files(string topic)
    {
        using (var spool = _folder.Open())
        {
            SpoolFolder.Append(spool.QueueOf(topic, 0), 1);
            Assert.NotNull(spool.Reject(topic, 0, "x", SpoolFolder.Value(0)));
        }
        using (var spool = _folder.Open())
            Assert.Equal([1], SpoolFolder.Drain(spool.QueueOf(topic, 0)));
    }

    [Fact]
    public void Problems_name_the_flag()
    {
        Assert.Empty(new SpoolOptions { Directory = "/spool" }.Problems());
        Assert.StartsWith("--spool-dir:", Assert.Single(new SpoolOptions { Directory = " " }.Problems()), StringComparison.Ordinal);
        Assert.StartsWith(
            "--spool-segment-bytes:",
            Assert.Single(new SpoolOptions { Directory = "/spool", SegmentBytes = 1000 }.Problems()),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "--spool-max-bytes:",
            Assert.Single(new SpoolOptions { Directory = "/spool", MaxBytes = 1 << 20 }.Problems()),
            StringComparison.Ordinal);
    }
}
