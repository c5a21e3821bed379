using Shared.Delivery.Spool;

namespace Shared.Tests.Delivery.Spool;

/// <summary>Tests the spool on real file systems that are full or read-only.</summary>
public sealed class SpoolDiskTests
{
    [Theory]
    [InlineData(1 << 20)]
    [InlineData(100_000)]
    public void A_full_disk_refuses_the_batch_and_keeps_the_others(long segmentBytes)
    {
        SmallDisk.SkipUnlessRoot();
        using var disk = new SmallDisk(kilobytes: 1000);
        using var folder = new SpoolFolder(Path.Combine(disk.Path, "spool")) { SegmentBytes = segmentBytes, Sync = SpoolSync.Interval };
        int number = 0;
        using (var spool = folder.Open())
        {
            var queue = spool.QueueOf(SpoolFolder.Topic, 0);
            string message = Fill(queue, ref number);
            Assert.Contains("No space left on device", message, StringComparison.Ordinal);
            // Nothing is left of the batch that did not fit.
            Assert.Equal(spool.Bytes, folder.Segments().Sum(f => new FileInfo(f).Length));
            Assert.Throws<IOException>(() => queue.TryAppend(SpoolFolder.Value(number, 30_000), 1));
            Assert.Throws<IOException>(() => spool.Reject(SpoolFolder.Topic, 0, "x", SpoolFolder.Value(0, 300_000)));
            Assert.Empty(folder.Files("rejected"));
            Assert.Equal(number, queue.Batches);
            spool.Sync();

            // Appending continues as soon as there is room, and the order is that of the appends.
            File.Delete(Path.Combine(disk.Path, "ballast"));
            SpoolFolder.Append(queue, number++, 30_000);
            Fill(queue, ref number);
        }
        // The spool opens and drains on the full disk.
        using (var spool = folder.Open())
        {
            Assert.Equal(Enumerable.Range(0, number), SpoolFolder.Drain(Assert.Single(spool.Queues)));
            Assert.Equal(0, spool.Bytes);
        }
        Assert.Empty(folder.Damages);

        string Fill(SpoolQueue queue, ref int next)
        {
            if (next == 0)
                File.WriteAllBytes(Path.Combine(disk.Path, "ballast"), new byte[100_000]);
            while (true)
            {
                try
                {
                    SpoolFolder.Append(queue, next, 30_000);
                    next++;
                }
                catch (IOException e)
                {
                    return e.Message;
                }
            }
        }
    }

    [Fact]
    public void A_disk_that_is_full_from_the_start_leaves_no_queue()
    {
        SmallDisk.SkipUnlessRoot();
        using var disk = new SmallDisk(kilobytes: 200);
        using var folder = new SpoolFolder(Path.Combine(disk.Path, "spool"));
        using var spool = folder.Open();
        var queue = spool.QueueOf(SpoolFolder.Topic, 0);
        Assert.Throws<IOException>(() => queue.TryAppend(SpoolFolder.Value(0, 300_000), 1));
        Assert.Equal((0, 0), (queue.Batches, spool.Bytes));
        Assert.Empty(folder.Segments());
        SpoolFolder.Append(queue, 1);
        Assert.Equal([1], SpoolFolder.Drain(queue));
    }

    [Fact]
    public void A_read_only_folder_is_named_at_the_start()
    {
        SmallDisk.SkipUnlessRoot();
        using var disk = new SmallDisk(kilobytes: 200);
        using var folder = new SpoolFolder(Path.Combine(disk.Path, "spool"));
        using (var spool = folder.Open())
            SpoolFolder.Append(spool.QueueOf(SpoolFolder.Topic, 0), 1);
        disk.MakeReadOnly();
        string message = Assert.Throws<IOException>(folder.Open).Message;
        Assert.StartsWith($"--spool-dir: {folder.Path} cannot be used (", message, StringComparison.Ordinal);
        Assert.Contains("Read-only file system", message, StringComparison.Ordinal);
        disk.MakeWritable();
        using (var spool = folder.Open())
            Assert.Equal([1], SpoolFolder.Drain(Assert.Single(spool.Queues)));
    }

    [Fact]
    public void A_folder_that_becomes_read_only_refuses_batches_and_still_gives_back_those_it_has()
    {
        SmallDisk.SkipUnlessRoot();
        using var folder = new SpoolFolder { SegmentBytes = 1000 };
        using (var spool = folder.Open())
        {
            for (int i = 0; i < 20; i++)
                SpoolFolder.Append(spool.QueueOf(SpoolFolder.Topic, 0), i);
        }
        string frozen = Path.GetDirectoryName(folder.Segments()[0])!;
        SmallDisk.Freeze(frozen);
        try
        {
            using var spool = folder.Open();
            var queue = Assert.Single(spool.Queues);
            Assert.Throws<UnauthorizedAccessException>(() => queue.TryAppend(SpoolFolder.Value(20), 21));
            Assert.Equal(Enumerable.Range(0, 20), SpoolFolder.Drain(queue));
            // What cannot be removed comes twice, and the log says so.
            Assert.NotEqual(0, folder.Log.Count(223));
        }
        finally
        {
            SmallDisk.Thaw(frozen);
        }
        using (var spool = folder.Open())
            Assert.Equal(Enumerable.Range(0, 20), SpoolFolder.Drain(Assert.Single(spool.Queues)));
    }
}
