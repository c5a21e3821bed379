using System.Diagnostics.CodeAnalysis;

namespace Shared.Delivery.Spool;

/// <summary>
/// The batches of one shard of one topic on disk, first in, first out. The reading position goes over them once; a batch stays on disk
/// until it and all before it are acknowledged, then whole segments are deleted. What was read and not acknowledged is unread again after
/// a restart. Not thread-safe: one task owns the whole <see cref="SpoolDirectory"/>.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue.")]
public sealed class SpoolQueue
{
    private readonly SpoolDisk _disk;
    private readonly string _folder;
    private readonly List<SpoolSegment> _segments = [];
    private readonly Queue<SpoolEntry> _underWay = [];
    private readonly List<(ulong Mark, int Batch)> _acknowledgedEarlier = [];
    private SpoolSegment? _tail;
    private SpoolSegment? _reading;
    private SegmentPlace _place;
    private RecordHeader? _next;
    private DateTimeOffset _nextAppendedAt;
    private long _lastNumber;
    private bool _isHeadStale;

    internal SpoolQueue(SpoolDisk disk, string folder, string topic, int shard)
    {
        _disk = disk;
        _folder = folder;
        Topic = topic;
        Shard = shard;
    }

    public string Topic { get; }

    public int Shard { get; }

    /// <summary>Unacknowledged batches, read or not.</summary>
    public long Batches { get; private set; }

    /// <summary>Records of the unacknowledged batches.</summary>
    public long Records { get; private set; }

    /// <summary>Octets of the unacknowledged batches, without what the files add.</summary>
    public long Bytes { get; private set; }

    /// <summary>Batches that <see cref="TryPeek"/> will still come to.</summary>
    public long UnreadBatches { get; private set; }

    /// <summary>When the oldest unacknowledged batch came to the disk, in whichever run; null when there is none. Exact when that one is read or peeked at, else the time of the one before it.</summary>
    public DateTimeOffset? OldestAt => Batches == 0 ? null : _underWay.TryPeek(out var oldest) ? oldest.AppendedAt : _nextAppendedAt;

    /// <summary>Adds a batch behind the others. False: the spool is full.</summary>
    /// <exception cref="IOException">The disk is full, or the like; what was there before stands, and nothing of this batch remains.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch is larger than 256 MiB.</exception>
    public bool TryAppend(ReadOnlySpan<byte> value, int records) => Append(value, records) is not null;

    /// <summary>As <see cref="TryAppend"/>, of a batch that is under way to the broker from memory: it is kept, but not read. Null: the spool is full.</summary>
    /// <exception cref="InvalidOperationException">An older batch is unread: it would be overtaken.</exception>
    /// <exception cref="IOException">As with <see cref="TryAppend"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch is larger than 256 MiB.</exception>
    public SpoolEntry? TryAppendUnderWay(ReadOnlySpan<byte> value, int records)
    {
        if (UnreadBatches > 0)
            throw new InvalidOperationException($"{Topic}, shard {Shard}: a batch under way stands behind {UnreadBatches} unread ones");
        if (Append(value, records) is not { } header)
            return null;
        var segment = _tail!;
        var place = new SegmentPlace(segment.End.Offset - RecordHeader.Bytes - header.PayloadBytes, header.BatchesBefore, header.RecordsBefore);
        return Pass(segment, place, header);
    }

    /// <summary>The next unread batch. Damage before it is reported and stepped over. False: everything is read.</summary>
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

    /// <summary>Reads the next unread batch into the first octets of <paramref name="buffer"/>. Null: everything is read; or the payload is damaged, which is reported and stepped over.</summary>
    /// <exception cref="IOException">A segment cannot be opened.</exception>
    /// <exception cref="ArgumentException">The buffer is shorter than <see cref="TryPeek"/> said.</exception>
    public SpoolEntry? Read(Span<byte> buffer)
    {
        if (!TryPeek(out int bytes, out _))
            return null;
        if (buffer.Length < bytes)
            throw new ArgumentException($"{buffer.Length} octets for a batch of {bytes}", nameof(buffer));
        var (segment, place, header) = (_reading!, _place, _next!.Value);
        if (segment.TryReadPayload(place.Offset, header, buffer[..bytes]))
            return Pass(segment, place, header);
        Lose(place.After(header), "the payload is not what was written");
        return null;
    }

    /// <summary>The broker has the batch. In any order.</summary>
    /// <exception cref="InvalidOperationException">It was acknowledged before.</exception>
    public void Acknowledge(SpoolEntry entry)
    {
        if (entry.IsAcknowledged)
            throw new InvalidOperationException($"{Topic}, shard {Shard}: a batch was acknowledged twice");
        entry.IsAcknowledged = true;
        Batches--;
        Records -= entry.Records;
        Bytes -= entry.Bytes;
        while (_underWay.TryPeek(out var oldest) && oldest.IsAcknowledged)
            _underWay.Dequeue();
        _isHeadStale = true;
        Free();
    }

    /// <summary>Takes over a segment of an earlier run, behind those before it.</summary>
    internal void Recover(SegmentRecovery found)
    {
        if (_reading is null)
            (_reading, _place, _nextAppendedAt) = (found.Segment, found.From, found.FirstAppendedAt);
        _segments.Add(found.Segment);
        _acknowledgedEarlier.AddRange(found.Acknowledged);
        _disk.SegmentBytes += found.Segment.End.Offset;
        Batches += found.Batches;
        Records += found.Records;
        Bytes += found.Bytes;
        UnreadBatches += found.Batches;
    }

    /// <summary>A number that a file of the folder bears is not given to another.</summary>
    internal void NumberIsTaken(long number) => _lastNumber = Math.Max(_lastNumber, number);

    /// <summary>Notes on disk what need not be read again. Where that fails it is said: batches come twice then.</summary>
    internal void StoreHead(bool sync)
    {
        if (_reading is null || !_isHeadStale)
            return;
        var (segment, place) = _underWay.TryPeek(out var oldest) ? (oldest.Segment, oldest.Place) : (_reading, _place);
        _acknowledgedEarlier.RemoveAll(batch => !_segments.Exists(s => s.Mark == batch.Mark));
        var acknowledged = _underWay.Where(e => e.IsAcknowledged).Select(e => (e.Segment.Mark, e.Place.Batches)).Concat(_acknowledgedEarlier).ToArray();
        string path = Path.Combine(_folder, SpoolHead.Name);
        try
        {
            new SpoolHead(segment.Number, segment.Mark, place, acknowledged).Write(path, sync);
            _isHeadStale = false;
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
            // The folders above may be as new.
            for (string? folder = _folder; folder is not null && folder.Length >= _disk.Options.Directory.Length; folder = Path.GetDirectoryName(folder))
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
            (_reading, _place) = (segment, SegmentPlace.Start);
    }

    /// <summary>The reading position goes behind the batch.</summary>
    private SpoolEntry Pass(SpoolSegment segment, SegmentPlace place, in RecordHeader header)
    {
        var entry = new SpoolEntry(segment, place, header);
        _underWay.Enqueue(entry);
        UnreadBatches--;
        MoveTo(segment, place.After(header));
        return entry;
    }

    /// <summary>One step towards the next batch: it is found, or damage or the end of a segment is passed.</summary>
    private void FindNext()
    {
        var segment = _reading!;
        var stop = segment.StopBehind(_place);
        if (_place.Offset >= segment.End.Offset)
            MoveTo(_segments[_segments.IndexOf(segment) + 1], SegmentPlace.Start);
        else if (segment.IsGap(_place, out var behind))
            _place = behind;
        else if (!SegmentScan.TryFind(segment.File, segment.Mark, _place.Offset, stop.Offset, out long offset, out var header))
            Lose(stop, "no header can be read");
        else if (offset > _place.Offset)
            Lose(new SegmentPlace(offset, header.BatchesBefore, header.RecordsBefore), "a header is damaged");
        else
            (_next, _nextAppendedAt) = (header, header.AppendedAt);
    }

    /// <summary>Steps over damage: what lies between here and there is counted as lost.</summary>
    private void Lose(SegmentPlace to, string what)
    {
        var (segment, from) = (_reading!, _place);
        int batches = to.Batches - from.Batches;
        long records = to.Records - from.Records;
        Batches -= batches;
        UnreadBatches -= batches;
        Records -= records;
        Bytes -= to.Offset - from.Offset - ((long)batches * RecordHeader.Bytes);
        MoveTo(segment, to);
        _disk.Report(new SpoolDamage(Topic, Shard, segment.Path, from.Offset, to.Offset - from.Offset, records, what));
        _isHeadStale = true;
        Free();
    }

    private void MoveTo(SpoolSegment segment, SegmentPlace place)
    {
        if (_reading is not null && _reading != segment)
            _disk.Close(_reading);
        (_reading, _place, _next) = (segment, place, null);
    }

    /// <summary>Deletes the segments of which everything is acknowledged; all files when nothing is left.</summary>
    private void Free()
    {
        var oldest = Batches == 0 ? null : _underWay.TryPeek(out var entry) ? entry.Segment : _reading;
        int count = oldest is null ? _segments.Count : _segments.IndexOf(oldest);
        for (int i = 0; i < count; i++)
            _disk.Remove(_segments[i]);
        _segments.RemoveRange(0, count);
        if (oldest is not null)
            return;
        (_tail, _reading, _next) = (null, null, null);
        _disk.Remove(Path.Combine(_folder, SpoolHead.Name));
        _isHeadStale = false;
    }
}
