using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Risotto.Curate;
using Risotto.Decode.Bmp;
using Risotto.Listen;
using Risotto.Pipeline;
using Risotto.Telemetry;
using Shared.Records;
using Shared.Records.Batch;

namespace Risotto.State;

/// <summary>
/// Writes the state file again and again. A file is a walk over the tables a few buckets at a time, under the gate of each router's
/// shard, while the sessions go on: what changes meanwhile stands in the journal that was begun before the walk, and a restart
/// treats it as unknown. The new file takes the old one's place when every record written before its end is acknowledged or in
/// the spool; where one was given up meanwhile, its route is marked in the tables, and a new file is begun.
/// </summary>
internal sealed class StateStore : IAsyncDisposable
{
    // Octets copied at a time while a shard stands still: some 20 us.
    private const int ChunkOctets = 128 << 10, RoutesHeader = 8;

    // The journal is not to become much larger than the tables.
    private const long MostJournal = 256 << 20;

    private static readonly TimeSpan SettlePeriod = TimeSpan.FromMilliseconds(50);

    private readonly string _path;
    private readonly Curation _curation;
    private readonly RouterTable _routers;
    private readonly TopicWriter _updates;
    private readonly JournalingSink _journal;
    private readonly StateMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;
    private ulong _number;
    private long _losses, _lossesWritten;
    private bool _isFailing, _isInPlace;

    /// <param name="curation">With the path and the interval.</param>
    /// <param name="last">The highest number in use.</param>
    /// <param name="routers">Whose routes.</param>
    /// <param name="updates">Where their records go.</param>
    /// <param name="journal">On the records' way.</param>
    /// <param name="metrics">Of the file.</param>
    /// <param name="logger">For what cannot be written.</param>
    /// <param name="time">Of the interval.</param>
    public StateStore(
        Curation curation, ulong last, RouterTable routers, TopicWriter updates, JournalingSink journal, StateMetrics metrics, ILogger logger, TimeProvider time)
    {
        _path = Path.GetFullPath(curation.Options.StatePath!);
        _curation = curation;
        _number = last;
        _routers = routers;
        _updates = updates;
        _journal = journal;
        _metrics = metrics;
        _logger = logger;
        _time = time;
        Try(BeginJournal);
        _run = Task.Run(RunAsync);
    }

    /// <summary>Records were given up: a file whose walk has begun may hold their routes as known.</summary>
    public void OnLost() => Interlocked.Increment(ref _losses);

    /// <summary>Writes the last file. To be called when nothing is written to the topic any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        if (IsDue && Try(WriteFile))
            Try(PutInPlace);
        _journal.Use(null);
        _stop.Dispose();
    }

    // Every record that changed a table has gone through the journal.
    private bool IsDue => !_isInPlace || _journal.Batches > 0 || Interlocked.Read(ref _losses) != _lossesWritten;

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(_curation.Options.StateInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                if (IsDue || _journal.Length > MostJournal)
                    await WriteAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The last file is written when the rest has ended.
        }
    }

    /// <summary>Writes a file and puts it in place, however long that takes; nobody else does so meanwhile.</summary>
    internal async Task WriteAsync()
    {
        long start = Stopwatch.GetTimestamp(), losses = Interlocked.Read(ref _losses);
        if (!Try(WriteFile))
            return;
        foreach (var (shard, mark) in Marks())
        {
            while (!shard.IsSettled(mark))
                await Task.Delay(SettlePeriod, _time, _stop.Token);
        }
        if (Interlocked.Read(ref _losses) != losses)
        {
            _logger.StateAbandoned(_path);
            return;
        }
        _lossesWritten = losses;
        if (Try(PutInPlace))
            _metrics.Written(Stopwatch.GetElapsedTime(start));
    }

    private List<(ShardWriter Shard, long Mark)> Marks()
    {
        var marks = new List<(ShardWriter, long)>();
        foreach (var shard in _updates.Shards)
        {
            lock (shard.Gate)
                marks.Add((shard, shard.Position));
        }
        return marks;
    }

    private bool Try(Action action)
    {
        try
        {
            action();
            if (_isFailing)
                _logger.StateWritable(_path);
            _isFailing = false;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _metrics.Failed();
            if (!_isFailing)
                _logger.StateFailed(_path, e.Message);
            _isFailing = true;
            return false;
        }
    }

    private void BeginJournal()
    {
        string path = StateFile.JournalPath(_path, _number + 1);
        var journal = new StateWriter(path, new StateHeader(IsJournal: true, _number + 1, _curation.Seed, NowNs()));
        _number++;
        _journal.Use(journal);
    }

    private void WriteFile()
    {
        _isInPlace = false;
        BeginJournal();
        using var writer = new StateWriter(_path + ".tmp", new StateHeader(IsJournal: false, _number, _curation.Seed, NowNs()));
        foreach (var router in _routers.States())
        {
            if (router.Rib!.Count.Routes > 0)
                Write(writer, router, _updates.ShardOf(router.ShardHash));
        }
        writer.Finish();
        _metrics.FileBytes = writer.Length;
    }

    private void PutInPlace()
    {
        File.Move(_path + ".tmp", _path, overwrite: true);
        _isInPlace = true;
        StateFile.DeleteJournals(_path, _number);
    }

    private void Write(StateWriter writer, RouterState router, ShardWriter shard)
    {
        ViewRib[] views;
        var payload = writer.Payload(16 + sizeof(ushort));
        lock (shard.Gate)
        {
            views = [.. router.Rib!.Views];
            BinaryPrimitives.WriteUInt16LittleEndian(payload[16..], router.Rib.Port);
        }
        router.Address.CopyTo(payload);
        writer.Write(StateBlockKind.Router, payload.Length);
        foreach (var view in views)
        {
            List<(int Family, RouteTable Table)> tables;
            payload = writer.Payload(PerPeerHeaderKey.Length);
            lock (shard.Gate)
            {
                MemoryMarshal.Write(payload, view.Header);
                tables = [.. view.Families.SelectMany(family => family.Rib.Tables.Select(table => (family.Index, table)))];
            }
            writer.Write(StateBlockKind.View, payload.Length);
            foreach (var (family, table) in tables)
                Write(writer, family, table, shard);
        }
    }

    private void Write(StateWriter writer, int family, RouteTable table, ShardWriter shard)
    {
        int bucket = 0, merges = -1, chunk = ChunkOctets;
        bool isWhole = false;
        while (!isWhole)
        {
            int used = RoutesHeader;
            var payload = writer.Payload(chunk);
            payload[..RoutesHeader].Clear();
            (payload[0], payload[1]) = ((byte)family, (byte)table.Kind);
            lock (shard.Gate)
            {
                long start = Stopwatch.GetTimestamp();
                // Routes have moved to buckets that are done: once more. A route may stand in the file twice, the later one counts.
                if (table.Merges != merges)
                    (bucket, merges) = (0, table.Merges);
                for (; bucket < table.Buckets && used + table.BucketOctets(bucket) <= payload.Length; bucket++)
                    used += table.CopyBucket(bucket, payload[used..]);
                isWhole = bucket >= table.Buckets;
                chunk = isWhole ? chunk : Math.Max(chunk, RoutesHeader + table.BucketOctets(bucket));
                _metrics.Held(Stopwatch.GetElapsedTime(start));
            }
            if (used > RoutesHeader)
                writer.Write(StateBlockKind.Routes, used);
        }
    }

    private ulong NowNs() => UnixTime.NowNs(_time);
}
