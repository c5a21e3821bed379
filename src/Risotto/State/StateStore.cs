using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Risotto.Curate;
using Risotto.Decode.Bmp;
using Risotto.Pipeline;
using Risotto.Telemetry;
using Shared.Records;
using Shared.Records.Batch;

namespace Risotto.State;

/// <summary>
/// Writes the state file at an interval. A file is a walk over the tables, a few buckets at a time under the gate of each router's shard,
/// while the sessions continue. A new journal begins before the walk and has every change during it; a restart treats those routes as
/// unknown. The new file replaces the old one when every record written before its end is acknowledged or in the spool. If one was given
/// up in the meantime, its route is marked in the tables, and a new file is begun.
/// </summary>
internal sealed class StateStore : IAsyncDisposable
{
    // The bytes that are copied at a time while the sessions of a shard wait: they take some 20 us.
    private const int ChunkBytes = 128 << 10;

    // A longer journal is replaced by a new file: it should not become much larger than the tables.
    private const long MaxJournalLength = 256 << 20;

    private static readonly TimeSpan SettlePeriod = TimeSpan.FromMilliseconds(50);

    private readonly string _path;
    private readonly Curation _curation;
    private readonly RouterRegistry _routers;
    private readonly TopicWriter _updates;
    private readonly JournalingSink _journal;
    private readonly LostRoutes _lost;
    private readonly StateMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;
    private ulong _number;
    private long _lossesWritten;
    private bool _isFailing, _isInPlace;

    /// <param name="curation">Its options name the path and the interval.</param>
    /// <param name="last">The highest number of an existing file.</param>
    /// <param name="routers">The routers whose routes are written.</param>
    /// <param name="updates">The shards of their records.</param>
    /// <param name="journal">Writes the journals.</param>
    /// <param name="lost">Marks the routes of lost batches: a file whose walk has begun may have them as known.</param>
    /// <param name="metrics">The metrics of the file.</param>
    /// <param name="logger">Takes the lines about files that cannot be written.</param>
    /// <param name="time">Measures the interval.</param>
    public StateStore(
        Curation curation, ulong last, RouterRegistry routers, TopicWriter updates, JournalingSink journal, LostRoutes lost,
        StateMetrics metrics, ILogger logger, TimeProvider time)
    {
        _path = Path.GetFullPath(curation.Options.StatePath!);
        _curation = curation;
        _number = last;
        _routers = routers;
        _updates = updates;
        _journal = journal;
        _lost = lost;
        _metrics = metrics;
        _logger = logger;
        _time = time;
        Try(BeginJournal);
        _run = Task.Run(RunAsync);
    }

    /// <summary>Writes the last file. To be called when no record is written to the topic any more.</summary>
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
    private bool IsDue => !_isInPlace || _journal.Batches > 0 || _lost.Batches != _lossesWritten;

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(_curation.Options.StateInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                if (IsDue || _journal.Length > MaxJournalLength)
                    await WriteAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // DisposeAsync writes the last file.
        }
    }

    /// <summary>Writes a file and puts it in place, however long that takes. Not to be called twice at a time.</summary>
    internal async Task WriteAsync()
    {
        long start = Stopwatch.GetTimestamp(), losses = _lost.Batches;
        if (!Try(WriteFile))
            return;
        foreach (var (shard, mark) in Marks())
        {
            while (!shard.IsSettled(mark))
                await Task.Delay(SettlePeriod, _time, _stop.Token);
        }
        if (_lost.Batches != losses)
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
        foreach (var router in _routers.All())
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
        PeerRib[] views;
        var payload = writer.Payload(StateBlock.RouterLength);
        lock (shard.Gate)
        {
            views = [.. router.Rib!.Views];
            StateBlock.WriteRouter(payload, router.Address, router.Rib.Port);
        }
        writer.Write(StateBlockKind.Router, payload.Length);
        foreach (var view in views)
        {
            List<(int Family, PrefixTable Table)> tables;
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

    private void Write(StateWriter writer, int family, PrefixTable table, ShardWriter shard)
    {
        int bucket = 0, merges = -1, chunk = ChunkBytes;
        bool isWhole = false;
        while (!isWhole)
        {
            int used = StateBlock.RoutesHeaderLength;
            var payload = writer.Payload(chunk);
            StateBlock.WriteRoutesHeader(payload, family, table.Kind);
            lock (shard.Gate)
            {
                long start = Stopwatch.GetTimestamp();
                // Routes may have moved to buckets that are done, so the walk starts again. Of a route that is in the file twice the later
                // one counts.
                if (table.Merges != merges)
                    (bucket, merges) = (0, table.Merges);
                for (; bucket < table.Buckets && used + table.BucketBytes(bucket) <= payload.Length; bucket++)
                    used += table.CopyBucket(bucket, payload[used..]);
                isWhole = bucket >= table.Buckets;
                chunk = isWhole ? chunk : Math.Max(chunk, StateBlock.RoutesHeaderLength + table.BucketBytes(bucket));
                _metrics.Held(Stopwatch.GetElapsedTime(start));
            }
            if (used > StateBlock.RoutesHeaderLength)
                writer.Write(StateBlockKind.Routes, used);
        }
    }

    private ulong NowNs() => UnixTime.NowNs(_time);
}
