using System.Diagnostics.CodeAnalysis;

namespace Shared.Delivery.Spool;

/// <summary>
/// Keeps the batches of one shard of one topic on disk, first in, first out. Each batch is read once. A segment stays on disk until all
/// its batches and all before them are acknowledged. After a restart the queue gives the batches again that were read and not
/// acknowledged. It is not thread-safe: one task owns the whole <see cref="SpoolDirectory"/>.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue.")]
public sealed class SpoolQueue
{
    private readonly SpoolDisk _disk;
    private readonly string _folder;
    private readonly List<SpoolSegment> _segments = [];
    private readonly Queue<SpoolEntry> _unacknowledged = [];
    private readonly List<(ulong SegmentId, int Batch)> _acknowledgedEarlier = [];
    private SpoolSegment? _tail;
    private SpoolSegment? _reading;
    private SegmentPosition _position;
    private RecordHeader? _next;
    private DateTimeOffset _nextAppendedAt;
    private long _lastNumber;
    private bool _isCheckpointStale;

    internal SpoolQueue(SpoolDisk disk, string folder, string topic, int shard)
    {
        _disk = disk;
        _folder = folder;
        Topic = topic;
        Shard = shard;
    }

    public string Topic { get; }

    public int Shard { get; }

    /// <summary>The unacknowledged batches, read or not.</summary>
    public long Batches { get; private set; }

    /// <summary>Records of the unacknowledged batches.</summary>
    public long Records { get; private set; }

    /// <summary>Bytes of the unacknowledged batches, without the headers.</summary>
    public long Bytes { get; private set; }

    /// <summary>Batches that nobody has read yet.</summary>
    public long UnreadBatches { get; private set; }

    /// <summary>
    /// The time at which the oldest unacknowledged batch was appended, in this run or an earlier one; null: there is none. The time is
    /// exact if that batch was read or peeked at; otherwise it is the time of the batch before it.
    /// </summary>
    public DateTimeOffset? OldestAt =>
        Batches == 0 ? null : _unacknowledged.TryPeek(out var oldest) ? oldest.AppendedAt : _nextAppendedAt;

    /// <summary>Appends a batch. False: the spool is full.</summary>
    /// <exception cref="IOException">The disk is full, or the like. The earlier batches remain, and nothing of this one.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch is larger than 256 MiB.</exception>
    public bool TryAppend(ReadOnlySpan<byte> value, int records) => Append(value, records) is not null;

    /// <summary>
    /// Appends a batch that the client already has from memory: the disk keeps it, but nobody reads it. Null: the spool is full.
    /// </summary>
    /// <exception cref="InvalidOperationException">An older batch is unread: this one would overtake it.</exception>
    /// <exception cref="IOException">As with <see cref="TryAppend"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch is larger than 256 MiB.</exception>
    public SpoolEntry? TryAppendSent(ReadOnlySpan<byte> value, int records)
    {
        if (UnreadBatches > 0)
            throw new InvalidOperationException($"{Topic}, shard {Shard}: a sent batch would follow {UnreadBatches} unread ones");
        if (Append(value, records) is not { } header)
            return null;
        var segment = _tail!;
        long offset = segment.End.Offset - RecordHeader.Bytes - header.PayloadBytes;
        var position = new SegmentPosition(offset, header.BatchesBefore, header.RecordsBefore);
        return MarkRead(segment, position, header);
    }

    /// <summary>Finds the next unread batch; reports damage before it and skips it. False: everything is read.</summary>
    /// <exception cref="IOException">A segment cannot be opened.</exception>
    public bool TryPeek(out int bytes, out int records)
    {
        while (UnreadBatches > 0)
        {
            if (_next is { } next)
            {
                (bytes, records) = (next.PayloadBytes, next.Records);
                return true;
            }
            FindNext();
        }
        (bytes, records) = (0, 0);
        return false;
    }

    /// <summary>
    /// Reads the next unread batch into the first bytes of <paramref name="buffer"/>. Null: everything is read; or the payload is
    /// damaged, and the queue reports and skips it.
    /// </summary>
    /// <exception cref="IOException">A segment cannot be opened.</exception>
    /// <exception cref="ArgumentException">The buffer is shorter than <see cref="TryPeek"/> said.</exception>
    public SpoolEntry? Read(Span<byte> buffer)
    {
        if (!TryPeek(out int bytes, out _))
            return null;
        if (buffer.Length < bytes)
            throw new ArgumentException($"{buffer.Length} bytes for a batch of {bytes}", nameof(buffer));
        var (segment, position, header) = (_reading!, _position, _next!.Value);
        if (segment.TryReadPayload(position.Offset, header, buffer[..bytes]))
            return MarkRead(segment, position, header);
        Lose(position.After(header), "the payload is not what was written");
        return null;
    }

    /// <summary>The broker acknowledged the batch. Batches may be acknowledged in any order.</summary>
    /// <exception cref="InvalidOperationException">It was acknowledged before.</exception>
    public void Acknowledge(SpoolEntry entry)
    {
        if (entry.IsAcknowledged)
            throw new InvalidOperationException($"{Topic}, shard {Shard}: a batch was acknowledged twice");
        entry.IsAcknowledged = true;
        Batches--;
        Records -= entry.Records;
        Bytes -= entry.Bytes;
        while (_unacknowledged.TryPeek(out var oldest) && oldest.IsAcknowledged)
            _unacknowledged.Dequeue();
        _isCheckpointStale = true;
        Free();
    }

    /// <summary>Takes over a segment of an earlier run, after the segments before it.</summary>
    internal void Recover(SegmentRecovery found)
    {
        if (_reading is null)
            (_reading, _position, _nextAppendedAt) = (found.Segment, found.From, found.FirstAppendedAt);
        _segments.Add(found.Segment);
        _acknowledgedEarlier.AddRange(found.Acknowledged);
        _disk.SegmentBytes += found.Segment.End.Offset;
        Batches += found.Batches;
        Records += found.Records;
        Bytes += found.Bytes;
        UnreadBatches += found.Batches;
    }

    /// <summary>Gives no new segment this number: a file of the folder has it.</summary>
    internal void NumberIsTaken(long number) => _lastNumber = Math.Max(_lastNumber, number);

    /// <summary>
    /// Stores which batches need not be read again. If that fails it logs it: those batches are sent twice after a restart.
    /// </summary>
    internal void StoreCheckpoint(bool sync)
    {
        if (_reading is null || !_isCheckpointStale)
            return;
        var (segment, position) = _unacknowledged.TryPeek(out var oldest) ? (oldest.Segment, oldest.Position) : (_reading, _position);
        _acknowledgedEarlier.RemoveAll(batch => !_segments.Exists(s => s.SegmentId == batch.SegmentId));
        var acknowledged = _unacknowledged.Where(e => e.IsAcknowledged).Select(e => (e.Segment.SegmentId, e.Position.Batches))
            .Concat(_acknowledgedEarlier)
            .ToArray();
        string path = Path.Combine(_folder, SpoolCheckpoint.Name);
        try
        {
            new SpoolCheckpoint(segment.Number, segment.SegmentId, position, acknowledged).Write(path, sync);
            _isCheckpointStale = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SpoolLog.HeadNotWritten(_disk.Logger, path, e.Message);
        }
    }

    internal void Close()
    {
        foreach (var segment in _segments)
            segment.Dispose();
        if (_segments.Count == 0)
            RemoveFoldersIfEmpty();
    }

    private void RemoveFoldersIfEmpty()
    {
        foreach (string folder in (string[])[_folder, Path.GetDirectoryName(_folder)!])
        {
            if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
                _disk.RemoveFolder(folder);
        }
    }

    private RecordHeader? Append(ReadOnlySpan<byte> value, int records)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, SpoolOptions.MaxBatchBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(records);
        long size = RecordHeader.Bytes + value.Length;
        bool opensSegment = _tail is null || _tail.End.Offset + size > _disk.Options.SegmentBytes;
        if (!_disk.HasRoom(opensSegment ? SegmentHeader.Bytes + size : size))
            return null;
        var now = _disk.Time.GetUtcNow();
        var segment = opensSegment ? NewSegment() : _tail!;
        RecordHeader header;
        try
        {
            header = segment.Append(value, records, now);
        }
        catch (IOException) when (opensSegment)
        {
            _disk.Remove(segment);
            throw;
        }
        if (opensSegment)
            Add(segment);
        _disk.SegmentBytes += size;
        _disk.Appended(segment);
        if (UnreadBatches == 0)
            _nextAppendedAt = header.AppendedAt;
        Batches++;
        Records += records;
        Bytes += value.Length;
        UnreadBatches++;
        return header;
    }

    private SpoolSegment NewSegment()
    {
        if (!Directory.Exists(_folder))
        {
            Directory.CreateDirectory(_folder);
            // The folders above may be new too.
            int rootLength = _disk.Options.Directory.Length;
            for (string? folder = _folder; folder?.Length >= rootLength; folder = Path.GetDirectoryName(folder))
                _disk.NamesChanged(folder);
        }
        var segment = SpoolSegment.Create(_folder, ++_lastNumber);
        _disk.SegmentBytes += SegmentHeader.Bytes;
        _disk.NamesChanged(_folder);
        return segment;
    }

    private void Add(SpoolSegment segment)
    {
        if (_tail is not null)
        {
            _tail.IsTail = false;
            if (_tail != _reading)
                _disk.Close(_tail);
        }
        segment.IsTail = true;
        _tail = segment;
        _segments.Add(segment);
        if (_reading is null)
            (_reading, _position) = (segment, SegmentPosition.Start);
    }

    /// <summary>Moves the reading position to the end of the batch.</summary>
    private SpoolEntry MarkRead(SpoolSegment segment, SegmentPosition position, in RecordHeader header)
    {
        var entry = new SpoolEntry(segment, position, header);
        _unacknowledged.Enqueue(entry);
        UnreadBatches--;
        MoveTo(segment, position.After(header));
        return entry;
    }

    /// <summary>Takes one step: finds the next batch, or passes damage or the end of a segment.</summary>
    private void FindNext()
    {
        var segment = _reading!;
        var stop = segment.NextGap(_position);
        if (_position.Offset >= segment.End.Offset)
            MoveTo(_segments[_segments.IndexOf(segment) + 1], SegmentPosition.Start);
        else if (segment.IsGap(_position, out var after))
            _position = after;
        else if (!SegmentScan.TryFind(segment.File, segment.SegmentId, _position.Offset, stop.Offset, out long offset, out var header))
            Lose(stop, "no header can be read");
        else if (offset > _position.Offset)
            Lose(new SegmentPosition(offset, header.BatchesBefore, header.RecordsBefore), "a header is damaged");
        else
            (_next, _nextAppendedAt) = (header, header.AppendedAt);
    }

    /// <summary>Skips damage and counts the batches up to <paramref name="to"/> as lost.</summary>
    private void Lose(SegmentPosition to, string what)
    {
        var (segment, from) = (_reading!, _position);
        int batches = to.Batches - from.Batches;
        long records = to.Records - from.Records;
        Batches -= batches;
        UnreadBatches -= batches;
        Records -= records;
        Bytes -= to.Offset - from.Offset - ((long)batches * RecordHeader.Bytes);
        MoveTo(segment, to);
        _disk.Report(new SpoolDamage(Topic, Shard, segment.Path, from.Offset, to.Offset - from.Offset, records, what));
        _isCheckpointStale = true;
        Free();
    }

    private void MoveTo(SpoolSegment segment, SegmentPosition position)
    {
        if (_reading is not null && _reading != segment)
            _disk.Close(_reading);
        (_reading, _position, _next) = (segment, position, null);
    }

    /// <summary>Deletes the segments that are acknowledged completely; all files if nothing is left.</summary>
    private void Free()
    {
        var oldest = Batches == 0 ? null : _unacknowledged.TryPeek(out var entry) ? entry.Segment : _reading;
        int count = oldest is null ? _segments.Count : _segments.IndexOf(oldest);
        for (int i = 0; i < count; i++)
            _disk.Remove(_segments[i]);
        _segments.RemoveRange(0, count);
        if (oldest is not null)
            return;
        (_tail, _reading, _next) = (null, null, null);
        _disk.Remove(Path.Combine(_folder, SpoolCheckpoint.Name));
        _isCheckpointStale = false;
    }
}
