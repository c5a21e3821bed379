using Risotto.Listen;
using Risotto.State;
using Shared.Records;
using Shared.Records.Batch;

namespace Risotto.Pipeline;

/// <summary>
/// Marks the routes of batches that were given up: what is not in the topic must not be suppressed as known.
/// </summary>
internal sealed class LostRoutes(Curation curation, RouterTable routers, TimeProvider time)
{
    private readonly Lock _gate = new();
    private TopicWriter? _updates;

    /// <summary>Has to begin its file anew; null: there is none.</summary>
    public StateStore? Store { get; set; }

    /// <summary>From now on sessions write to these shards.</summary>
    public void Use(TopicWriter updates)
    {
        lock (_gate)
            _updates = updates;
    }

    /// <summary>A batch of <paramref name="shard"/> is given up; empty where nobody knows what was in it. Any thread.</summary>
    public void Mark(int shard, ReadOnlyMemory<byte> batch)
    {
        if (batch.IsEmpty)
            MarkAll(shard);
        else
            MarkRoutes(batch.Span);
        // After the marks: a file that is begun from now on holds them.
        Store?.OnLost();
    }

    private void MarkRoutes(ReadOnlySpan<byte> batch)
    {
        byte[] keys = new byte[JournalKeys.MostOctets(batch.Length)];
        int length = JournalKeys.Write(batch, keys);
        ulong nowNs = UnixTime.NowNs(time);
        ulong sweepAt = nowNs + (ulong)curation.Options.SweepAfter.Ticks * 100;
        JournalKeys.TryRead(keys.AsSpan(0, length), (context, route) =>
        {
            var router = routers.Restore(context.Router);
            lock (GateOf(router))
                router.Rib!.View(context.Header).MarkUnknown(context.Family, route, sweepAt);
        });
    }

    private void MarkAll(int shard)
    {
        foreach (var router in routers.States())
        {
            if (_updates is { } updates && updates.ShardOf(router.ShardHash) != updates.Shards[shard % updates.Shards.Count])
                continue;
            lock (GateOf(router))
            {
                foreach (var view in router.Rib!.Views)
                {
                    foreach (var (_, family) in view.Families)
                        family.MarkAllUnknown();
                }
            }
        }
    }

    private Lock GateOf(RouterState router)
    {
        lock (_gate)
            return _updates?.ShardOf(router.ShardHash).Gate ?? _gate;
    }
}
