using Shared.Delivery.Spool;

namespace Shared.Tests.Delivery.Spool;

/// <summary>Runs random operations on three queues, and on a plain model of them: lists of batches.</summary>
public sealed class SpoolModelTests
{
    private const int Operations = 60_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_order_of_operations_ends_and_crashes_agrees_with_the_model(int seed)
    {
        var random = new Random(seed);
        var models = Enumerable.Range(0, 3).Select(shard => new ModelQueue(shard)).ToArray();
        var folder = NewFolder();
        var spool = folder.Open();
        int number = 0, crashes = 0, ends = 0, full = 0;
        for (int i = 0; i < Operations; i++)
        {
            var model = models[random.Next(models.Length)];
            var queue = spool.QueueOf(SpoolFolder.Topic, model.Shard);
            switch (random.Next(1000))
            {
                case < 370:
                    byte[] value = SpoolFolder.Value(number, 4 + random.Next(random.Next(100) == 0 ? 5000 : 200));
                    if (model.Unread.Count == 0 && random.Next(2) == 0)
                    {
                        if (queue.TryAppendSent(value, SpoolFolder.RecordsOf(number)) is { } sent)
                            model.Unacknowledged.Add((number++, sent));
                        else
                            full++;
                    }
                    else if (queue.TryAppend(value, SpoolFolder.RecordsOf(number)))
                        model.Unread.Enqueue(number++);
                    else
                        full++;
                    break;
                case < 680:
                    if (model.Unread.TryDequeue(out int expected))
                    {
                        var (read, entry) = SpoolFolder.ReadNext(queue)!.Value;
                        Assert.Equal(expected, read);
                        model.Unacknowledged.Add((read, entry));
                    }
                    else
                        Assert.False(queue.TryPeek(out _, out _));
                    break;
                case < 985:
                    if (model.Unacknowledged.Count == 0)
                        break;
                    int index = random.Next(Math.Min(model.Unacknowledged.Count, 6));
                    var (acknowledged, done) = model.Unacknowledged[index];
                    queue.Acknowledge(done);
                    model.Unacknowledged.RemoveAt(index);
                    model.AcknowledgedSinceSync.Add(acknowledged);
                    break;
                case < 995:
                    spool.Sync();
                    foreach (var each in models)
                        each.AcknowledgedSinceSync.Clear();
                    break;
                case < 999:
                    ends++;
                    spool.Dispose();
                    spool = folder.Open();
                    foreach (var each in models)
                        each.AfterEnd();
                    break;
                default:
                    // Copies the files as they are at this moment, before the process that wrote them ends.
                    crashes++;
                    var copy = Copy(folder);
                    using (var looked = Copy(folder))
                    using (var found = looked.Open())
                    {
                        foreach (var each in models)
                            each.AfterCrash(SpoolFolder.ReadAll(found.QueueOf(SpoolFolder.Topic, each.Shard)));
                    }
                    folder.Dispose();
                    folder = copy;
                    spool = folder.Open();
                    break;
            }
            queue = spool.QueueOf(SpoolFolder.Topic, model.Shard);
            Assert.Equal((model.Unread.Count, model.Left.Count()), ((int)queue.UnreadBatches, (int)queue.Batches));
            Assert.Equal(model.Left.Sum(n => (long)SpoolFolder.RecordsOf(n)), queue.Records);
            Assert.Empty(folder.Damages);
            Assert.True(spool.Bytes <= folder.MaxBytes);
        }
        Assert.All([crashes, ends, full], count => Assert.True(count > 30, $"{crashes} crashes, {ends} ends, {full} times full"));
        Assert.Equal(spool.Bytes, folder.Files("queue", "*.spool").Sum(f => new FileInfo(f).Length));
        foreach (var model in models)
            Assert.Equal(model.Unread, SpoolFolder.Drain(spool.QueueOf(SpoolFolder.Topic, model.Shard)));
        folder.Dispose();
    }

    /// <summary>The folder is in memory where possible: a hundred thousand files take their time on a disk.</summary>
    private static SpoolFolder NewFolder()
    {
        string? path = Directory.Exists("/dev/shm") ? Directory.CreateDirectory($"/dev/shm/spool-{Guid.NewGuid():N}").FullName : null;
        return new SpoolFolder(path) { SegmentBytes = 2000, MaxBytes = 200_000 };
    }

    private static SpoolFolder Copy(SpoolFolder folder)
    {
        var copy = NewFolder();
        SpoolFolder.Copy(folder.Path, copy.Path);
        return copy;
    }

    private sealed class ModelQueue(int shard)
    {
        public int Shard => shard;

        public Queue<int> Unread { get; private set; } = [];

        public List<(int Number, SpoolEntry Entry)> Unacknowledged { get; } = [];

        public List<int> AcknowledgedSinceSync { get; } = [];

        public IEnumerable<int> Left => Unacknowledged.Select(e => e.Number).Concat(Unread);

        /// <summary>After an orderly end, all that is left is unread, in order, and nothing else is there.</summary>
        public void AfterEnd()
        {
            Unread = new Queue<int>(Left.ToList());
            Unacknowledged.Clear();
            AcknowledgedSinceSync.Clear();
        }

        /// <summary>After a crash, some batches that were acknowledged since the last sync may be unread too, in their places.</summary>
        public void AfterCrash(List<int> found)
        {
            var left = Left.ToHashSet();
            Assert.Equal(found.Order(), found);
            Assert.Equal(Left, found.Where(left.Contains));
            Assert.Empty(found.Where(n => !left.Contains(n)).Except(AcknowledgedSinceSync));
            Unread = new Queue<int>(found);
            Unacknowledged.Clear();
            AcknowledgedSinceSync.Clear();
        }
    }
}
