namespace Shared.Tests.Delivery.Spool;

/// <summary>Tests that a damaged spool reports every lost byte, gives back everything that is not damaged, and nothing else.</summary>
public sealed class SpoolDamageTests
{
    private const int Batches = 12;

    [Fact]
    public void A_segment_cut_at_every_byte_of_its_last_batch_gives_back_all_before_it()
    {
        using var origin = new SpoolFolder();
        byte[] whole = Write(origin, out var places);
        var (start, length, last) = places[^1];
        for (long cut = start; cut < start + length; cut++)
        {
            using var folder = Put(whole[..(int)cut]);
            using (var spool = folder.Open())
            {
                var queue = spool.QueueOf(SpoolFolder.Topic, 0);
                Assert.Equal(Batches - 1, queue.Batches);
                Assert.Equal(Enumerable.Range(0, Batches - 1), SpoolFolder.ReadAll(queue));
            }
            if (cut == start)
            {
                Assert.Empty(folder.Damages);
                continue;
            }
            var damage = Assert.Single(folder.Damages);
            Assert.Equal((start, cut - start), (damage.Offset, damage.Bytes));
            Assert.Equal(cut >= start + SpoolFolder.RecordHeaderBytes ? SpoolFolder.RecordsOf(last) : null, damage.Records);
            // The first run cuts off the end, so the next run finds no damage.
            Assert.Equal(start, new FileInfo(folder.Segments()[0]).Length);
            using var again = folder.Open();
            Assert.Equal(Enumerable.Range(0, Batches - 1), SpoolFolder.ReadAll(again.QueueOf(SpoolFolder.Topic, 0)));
            Assert.Single(folder.Damages);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_flipped_bit_costs_the_batch_that_it_hits_and_no_other(bool afterOpening)
    {
        using var origin = new SpoolFolder();
        byte[] whole = Write(origin, out var places);
        var random = new Random(20260304);
        for (int i = 0; i < 100; i++)
        {
            // The damage is spread over the file, one place in each hundredth, in headers as often as in payloads.
            int at = (int)((whole.Length * (long)i / 100) + random.Next(whole.Length / 100));
            if (random.Next(2) == 0)
                at = (int)places[random.Next(Batches)].Offset + random.Next(SpoolFolder.RecordHeaderBytes);
            Flip(whole, places, [(at, random.Next(8))], afterOpening);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Several_flipped_bits_cost_the_batches_that_they_hit_and_no_other(bool afterOpening)
    {
        using var origin = new SpoolFolder();
        byte[] whole = Write(origin, out var places);
        var random = new Random(7);
        for (int i = 0; i < 300; i++)
        {
            var flips = Enumerable.Range(0, 2 + random.Next(6)).Select(_ => random.Next(2) == 0
                ? (SpoolFolder.SegmentHeaderBytes + random.Next(whole.Length - SpoolFolder.SegmentHeaderBytes), random.Next(8))
                : ((int)places[random.Next(Batches)].Offset + random.Next(SpoolFolder.RecordHeaderBytes), random.Next(8)));
            Flip(whole, places, [.. flips.DistinctBy(f => f.Item1)], afterOpening);
        }
    }

    [Fact]
    public void Each_byte_of_a_segments_header_may_be_damaged_without_a_loss()
    {
        using var origin = new SpoolFolder();
        byte[] whole = Write(origin, out _);
        for (int at = 0; at < SpoolFolder.SegmentHeaderBytes; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x55;
            using var folder = Put(damaged);
            using var spool = folder.Open();
            Assert.Equal(Enumerable.Range(0, Batches), SpoolFolder.Drain(spool.QueueOf(SpoolFolder.Topic, 0)));
            Assert.Empty(folder.Damages);
        }
    }

    [Fact]
    public void Damage_in_one_segment_leaves_the_others_alone_and_its_file_goes_with_the_rest()
    {
        using var folder = new SpoolFolder { SegmentBytes = 1000 };
        using (var spool = folder.Open())
        {
            for (int i = 0; i < 18; i++)
                SpoolFolder.Append(spool.QueueOf(SpoolFolder.Topic, 0), i);
        }
        using (var file = File.OpenWrite(folder.Segments()[1]))
            file.SetLength(24 + (2 * 156) + 10);
        using (var spool = folder.Open())
        {
            var queue = spool.QueueOf(SpoolFolder.Topic, 0);
            Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 16, 17], SpoolFolder.Drain(queue));
            Assert.Equal(0, spool.Bytes);
            Assert.Empty(folder.Segments());
        }
        Assert.Equal(10, Assert.Single(folder.Damages).Bytes);
    }

    [Fact]
    public void A_router_cannot_put_batches_into_the_spool_by_what_it_sends()
    {
        // The payload of a batch is a whole segment, and the batch's own header is damaged.
        using var origin = new SpoolFolder();
        byte[] inner = Write(origin, out _);
        using var folder = new SpoolFolder();
        using (var spool = folder.Open())
        {
            var queue = spool.QueueOf(SpoolFolder.Topic, 0);
            SpoolFolder.Append(queue, 100);
            Assert.True(queue.TryAppend(inner, 7));
            SpoolFolder.Append(queue, 101);
        }
        byte[] bytes = File.ReadAllBytes(folder.Segments()[0]);
        bytes[SpoolFolder.SegmentHeaderBytes + SpoolFolder.RecordHeaderBytes + 100 + 9] ^= 1;
        File.WriteAllBytes(folder.Segments()[0], bytes);
        using var reopened = folder.Open();
        Assert.Equal([100, 101], SpoolFolder.Drain(reopened.QueueOf(SpoolFolder.Topic, 0)));
        Assert.Equal(7, Assert.Single(folder.Damages).Records);
    }

    [Fact]
    public void A_segment_of_another_version_is_an_error_that_names_it()
    {
        using var origin = new SpoolFolder();
        byte[] whole = Write(origin, out _);
        whole[4] = 2;
        BitConverter.TryWriteBytes(whole.AsSpan(16), System.IO.Hashing.XxHash3.HashToUInt64(whole.AsSpan(0, 16)));
        using var folder = Put(whole);
        string message = Assert.Throws<IOException>(folder.Open).Message;
        Assert.Contains("--spool-dir", message, StringComparison.Ordinal);
        Assert.Contains(folder.Segments()[0], message, StringComparison.Ordinal);
        Assert.Contains("format 2", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_not_the_spools_are_left_alone_and_named()
    {
        using var folder = new SpoolFolder();
        string queueFolder = Path.Combine(folder.Path, "queue", SpoolFolder.Topic, "0");
        Directory.CreateDirectory(queueFolder);
        string[] unknown =
        [
            "queue/notes.txt", "queue/numbers/x", "queue/numbers/007", "queue/numbers/0/1.spool",
            "queue/numbers/0/0000000000000001.spool.bak",
        ];
        foreach (string name in unknown)
            File.WriteAllText(Path.Combine(folder.Path, name), "a note");
        // The file has a segment's name but is none. It is counted, because it may have been one.
        string garbage = Path.Combine(queueFolder, "0000000000000004.spool");
        File.WriteAllBytes(garbage, new byte[5000]);
        using (var spool = folder.Open())
        {
            var queue = Assert.Single(spool.Queues);
            Assert.Equal(0, queue.Batches);
            SpoolFolder.Append(queue, 1);
            Assert.True(File.Exists(Path.Combine(queueFolder, "0000000000000005.spool")));
            Assert.Equal([1], SpoolFolder.Drain(queue));
        }
        var lines = folder.Log.Lines.Where(l => l.Id == 222).Select(l => l.Text).ToList();
        Assert.All(
            unknown,
            name => Assert.Contains(lines, line => line.Contains(Path.Combine(folder.Path, name) + " ", StringComparison.Ordinal)));
        Assert.All(unknown, name => Assert.True(File.Exists(Path.Combine(folder.Path, name))));
        Assert.Equal((garbage, 5000), (Assert.Single(folder.Damages).File, folder.Damages[0].Bytes));
        Assert.Null(folder.Damages[0].Records);
        Assert.Equal(5000, new FileInfo(garbage).Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(23)]
    [InlineData(24)]
    public void A_segment_that_ended_while_it_was_made_is_no_damage(int length)
    {
        using var origin = new SpoolFolder();
        using var folder = Put(Write(origin, out _)[..length]);
        using var spool = folder.Open();
        Assert.Equal(0, Assert.Single(spool.Queues).Batches);
        Assert.Empty(folder.Damages);
        Assert.Empty(folder.Segments());
    }

    private static void Flip(byte[] whole, List<(long Offset, int Length, int Number)> places, (int At, int Bit)[] flips, bool afterOpening)
    {
        byte[] damaged = [.. whole];
        foreach (var (at, bit) in flips)
            damaged[at] ^= (byte)(1 << bit);
        var hit = places.Where(p => flips.Any(f => f.At >= p.Offset && f.At < p.Offset + p.Length)).ToList();
        var whyNot = string.Join(' ', flips);

        using var folder = Put(afterOpening ? whole : damaged);
        using var spool = folder.Open();
        if (afterOpening)
            File.WriteAllBytes(folder.Segments()[0], damaged);
        var queue = spool.QueueOf(SpoolFolder.Topic, 0);
        Assert.Equal(places.Except(hit).Select(p => p.Number), SpoolFolder.Drain(queue));
        Assert.True(hit.Sum(p => p.Length) == folder.Damages.Sum(d => d.Bytes), whyNot);
        // Only the run that wrote or counted them knows how many records follow the last readable header.
        long known = hit.Sum(p => SpoolFolder.RecordsOf(p.Number));
        if (folder.Damages.All(d => d.Records is not null))
            Assert.Equal(known, folder.Damages.Sum(d => d.Records));
        else
            Assert.True(!afterOpening && hit[^1] == places[^1] && folder.Damages.Count(d => d.Records is null) == 1, whyNot);
        Assert.Equal((0, 0, 0, 0), (queue.Batches, queue.UnreadBatches, queue.Records, queue.Bytes));
        Assert.Equal(0, spool.Bytes);
        Assert.Empty(folder.Segments());
    }

    /// <summary>Writes one segment of twelve batches of different lengths; returns their offsets.</summary>
    private static byte[] Write(SpoolFolder folder, out List<(long Offset, int Length, int Number)> places)
    {
        places = [];
        using var spool = folder.Open();
        long offset = SpoolFolder.SegmentHeaderBytes;
        for (int i = 0; i < Batches; i++)
        {
            int bytes = 4 + (i * 37 % 400);
            SpoolFolder.Append(spool.QueueOf(SpoolFolder.Topic, 0), i, bytes);
            places.Add((offset, SpoolFolder.RecordHeaderBytes + bytes, i));
            offset += SpoolFolder.RecordHeaderBytes + bytes;
        }
        byte[] whole = File.ReadAllBytes(folder.Segments()[0]);
        Assert.Equal(offset, whole.Length);
        return whole;
    }

    private static SpoolFolder Put(byte[] segment)
    {
        var folder = new SpoolFolder();
        string queueFolder = Path.Combine(folder.Path, "queue", SpoolFolder.Topic, "0");
        Directory.CreateDirectory(queueFolder);
        File.WriteAllBytes(Path.Combine(queueFolder, "0000000000000001.spool"), segment);
        return folder;
    }
}
