using Microsoft.Extensions.Logging;

namespace Shared.Delivery.Spool;

/// <summary>
/// Keeps batches on disk: one <see cref="SpoolQueue"/> for each shard of each topic, and a folder for batches that the broker refuses
/// permanently.
/// <code>
/// DIR/lock                                        held while the spool is in use
/// DIR/epoch                                       the service's last epoch; the spool leaves it alone
/// DIR/queue/TOPIC/SHARD/NNNNNNNNNNNNNNNN.spool    batches, in ascending order of the numbers
/// DIR/queue/TOPIC/SHARD/head                      the position of the oldest unacknowledged batch
/// DIR/rejected/TOPIC/shard-SHARD-UTC-N-REASON.capnp
/// </code>
/// It is synchronous and not thread-safe: one task owns the spool and all its queues.
/// <para>Sent twice: after an orderly end (<see cref="Dispose"/>) no acknowledged batch. After a crash the batches that were acknowledged
/// since the last <see cref="Sync"/>. After a power cut also those that the kernel had not yet noted on disk (about 30 s); if a head is
/// lost, every batch that its queue's segments still hold.</para>
/// <para>Lost: nothing after a crash of the process. After a power cut the batches that were appended since the last
/// <see cref="Sync"/>.</para>
/// </summary>
public sealed class SpoolDirectory : IDisposable
{
    private const int MaxTopicLength = 249;

    private readonly SpoolDisk _disk;
    private readonly FileStream _lock;
    private readonly string _queueFolder;
    private readonly Dictionary<(string Topic, int Shard), SpoolQueue> _queues = [];

    private SpoolDirectory(SpoolDisk disk, FileStream locked)
    {
        _disk = disk;
        _lock = locked;
        _queueFolder = Path.Combine(disk.Options.Directory, "queue");
    }

    /// <summary>The queues of an earlier run and those that <see cref="QueueOf"/> made.</summary>
    public IReadOnlyCollection<SpoolQueue> Queues => _queues.Values;

    /// <summary>Bytes of all files, rejected batches included.</summary>
    public long Bytes => _disk.Bytes;

    /// <summary>Makes the folder if it is missing, locks it for this process, and recovers the batches of an earlier run.</summary>
    /// <param name="options">Options without <see cref="SpoolOptions.Problems"/>.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock of the append times and the rejected files' names.</param>
    /// <param name="onDamage">Gets each part that cannot be read back, now and while reading.</param>
    /// <exception cref="IOException">The folder is in use, is no folder, is read-only, or is of another version; one line.</exception>
    public static SpoolDirectory Open(SpoolOptions options, ILogger logger, TimeProvider time, Action<SpoolDamage> onDamage)
    {
        options = options with { Directory = Path.GetFullPath(options.Directory) };
        var directory = new SpoolDirectory(new SpoolDisk(options, logger, time, onDamage), SpoolLock.Take(options.Directory));
        try
        {
            directory.Recover();
            return directory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            directory._lock.Dispose();
            throw;
        }
    }

    /// <summary>The queue of the shard. The disk has nothing of it before the first batch.</summary>
    /// <exception cref="ArgumentException">No Kafka topic has such a name.</exception>
    public SpoolQueue QueueOf(string topic, int shard)
    {
        if (!IsTopic(topic))
        {
            string problem = $"'{topic}' is no topic: letters, digits, '.', '_' and '-', {MaxTopicLength} at most";
            throw new ArgumentException(problem, nameof(topic));
        }
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        if (!_queues.TryGetValue((topic, shard), out var queue))
        {
            string folder = Path.Combine(_queueFolder, topic, FormattableString.Invariant($"{shard}"));
            _queues.Add((topic, shard), queue = new SpoolQueue(_disk, folder, topic, shard));
        }
        return queue;
    }

    /// <summary>
    /// Syncs the batches that were appended since the last call (unless <see cref="SpoolSync.Never"/>), and stores which batches are
    /// acknowledged. Appends themselves do not sync, so that several can share one call.
    /// </summary>
    /// <exception cref="IOException">The disk refuses: the batches since the last call may not survive a power cut.</exception>
    public void Sync()
    {
        _disk.Sync();
        StoreCheckpoints(sync: false);
    }

    /// <summary>Keeps a batch that the broker refuses permanently in a synced file (unless <see cref="SpoolSync.Never"/>).</summary>
    /// <param name="topic">The batch's topic.</param>
    /// <param name="shard">The batch's shard.</param>
    /// <param name="reason">The reason; the file name has its first 60 characters.</param>
    /// <param name="value">Cap'n Proto messages.</param>
    /// <returns>The file's path; null: the spool is full.</returns>
    /// <exception cref="IOException">The disk is full, or the like; there is no such file then.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public string? Reject(string topic, int shard, string reason, ReadOnlySpan<byte> value) =>
        _disk.HasRoom(value.Length) ? _disk.Rejected.Add(topic, shard, reason, value) : null;

    /// <summary>
    /// Syncs, stores which batches are acknowledged, removes empty folders and unlocks the spool. Disk errors do not throw.
    /// </summary>
    public void Dispose()
    {
        try
        {
            _disk.Sync();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SpoolLog.NotSynced(_disk.Logger, _disk.Options.Directory, e.Message);
        }
        StoreCheckpoints(sync: _disk.Options.Sync != SpoolSync.Never);
        foreach (var queue in _queues.Values)
            queue.Close();
        _lock.Dispose();
    }

    internal static bool IsTopic(string name) =>
        name.Length is > 0 and <= MaxTopicLength && name is not "." and not ".."
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private void StoreCheckpoints(bool sync)
    {
        foreach (var queue in _queues.Values)
            queue.StoreCheckpoint(sync);
    }

    private void Recover()
    {
        _disk.Rejected.Count();
        QueueRecovery.Recover(_disk, _queueFolder, QueueOf);
        if (_queues.Values.Sum(q => q.Batches) is > 0 and var batches)
        {
            var (records, bytes) = (_queues.Values.Sum(q => q.Records), _queues.Values.Sum(q => q.Bytes));
            SpoolLog.Recovered(_disk.Logger, _disk.Options.Directory, batches, records, bytes);
        }
    }
}
