using Microsoft.Extensions.Logging;

namespace Shared.Delivery.Spool;

/// <summary>
/// Batches on disk: one <see cref="SpoolQueue"/> for each shard of each topic, and a folder for those that the broker refuses for good.
/// <code>
/// DIR/lock                                        held while the spool is in use
/// DIR/queue/TOPIC/SHARD/NNNNNNNNNNNNNNNN.spool    batches, in ascending order of the numbers
/// DIR/queue/TOPIC/SHARD/head                      where the oldest unacknowledged batch stands
/// DIR/rejected/TOPIC/shard-SHARD-UTC-N-REASON.capnp
/// </code>
/// Synchronous and not thread-safe: one task owns the spool and all its queues.
/// <para>What comes twice: after an orderly end (<see cref="Dispose"/>) nothing that was acknowledged. After a crash what was acknowledged
/// since the last <see cref="Sync"/>. After a power cut also what the kernel
/// had not written of the heads (about 30 s); a head that is lost brings back what its queue's segments still hold.</para>
/// <para>What may be missing: nothing after a crash of the process. After a power cut what was appended since the last <see cref="Sync"/>.</para>
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

    /// <summary>Those of an earlier run, and those that were asked for.</summary>
    public IReadOnlyCollection<SpoolQueue> Queues => _queues.Values;

    /// <summary>Octets of all files, rejected ones included.</summary>
    public long Bytes => _disk.Bytes;

    /// <summary>Octets of the rejected batches' files.</summary>
    public long RejectedBytes => _disk.Rejected.Bytes;

    /// <summary>Makes the folder where needed, takes it for this process, and finds what an earlier run left.</summary>
    /// <param name="options">Sound ones: see <see cref="SpoolOptions.Problems"/>.</param>
    /// <param name="logger">For the lines of the spool.</param>
    /// <param name="time">Of the append times and the rejected files' names.</param>
    /// <param name="onDamage">Told of each place that cannot be read back, now and while reading.</param>
    /// <exception cref="IOException">One line for people: it is in use, no folder, read-only, or written by another version.</exception>
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

    /// <summary>The queue of the shard; nothing is made on disk before it is appended to.</summary>
    /// <exception cref="ArgumentException">No Kafka topic has such a name.</exception>
    public SpoolQueue QueueOf(string topic, int shard)
    {
        if (!IsTopic(topic))
            throw new ArgumentException($"'{topic}' is no topic: letters, digits, '.', '_' and '-', {MaxTopicLength} at most", nameof(topic));
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        if (!_queues.TryGetValue((topic, shard), out var queue))
            _queues.Add((topic, shard), queue = new SpoolQueue(_disk, Path.Combine(_queueFolder, topic, FormattableString.Invariant($"{shard}")), topic, shard));
        return queue;
    }

    /// <summary>
    /// Forces what was appended since the last call to the disk (unless <see cref="SpoolSync.Never"/>), and notes what is acknowledged.
    /// Appends themselves do not sync: several may share one call.
    /// </summary>
    /// <exception cref="IOException">The disk refuses: what was appended since the last call may not survive a power cut.</exception>
    public void Sync()
    {
        _disk.Sync();
        StoreHeads(sync: false);
    }

    /// <summary>Keeps a batch that the broker refuses for good, synced (unless <see cref="SpoolSync.Never"/>). Returns its path; null: the spool is full.</summary>
    /// <param name="topic">Of the batch.</param>
    /// <param name="shard">Of the batch.</param>
    /// <param name="reason">Part of the name, at most 60 characters of it.</param>
    /// <param name="value">Cap'n Proto messages.</param>
    /// <exception cref="IOException">The disk is full, or the like; no file bears the name then.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public string? Reject(string topic, int shard, string reason, ReadOnlySpan<byte> value) =>
        _disk.HasRoom(value.Length) ? _disk.Rejected.Add(topic, shard, reason, value) : null;

    /// <summary>Syncs, notes what is acknowledged, removes empty folders, and lets go of the folder. Does not throw for the disk's sake.</summary>
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
        StoreHeads(sync: _disk.Options.Sync != SpoolSync.Never);
        foreach (var queue in _queues.Values)
            queue.Close();
        _lock.Dispose();
    }

    internal static bool IsTopic(string name) =>
        name.Length is > 0 and <= MaxTopicLength && name is not "." and not ".." && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private void StoreHeads(bool sync)
    {
        foreach (var queue in _queues.Values)
            queue.StoreHead(sync);
    }

    private void Recover()
    {
        _disk.Rejected.Count();
        QueueRecovery.Recover(_disk, _queueFolder, QueueOf);
        if (_queues.Values.Sum(q => q.Batches) is > 0 and var batches)
            SpoolLog.Recovered(_disk.Logger, _disk.Options.Directory, batches, _queues.Values.Sum(q => q.Records), _queues.Values.Sum(q => q.Bytes));
    }
}
