using Risotto.Pipeline;
using Shared.Records.Batch;

namespace Risotto.State;

/// <summary>
/// Marks the routes of batches that were given up as unknown: a repeated announcement of a route that is not in the topic must not be
/// suppressed. It exists before the sink, which may report lost batches of an earlier process at once.
/// </summary>
internal sealed class LostRoutes
{
    private readonly Curation _curation;
    private readonly RouterRegistry _routers;
    private readonly Lock[] _gates;
    private long _batches;

    /// <param name="curation">How long the marked routes may stay.</param>
    /// <param name="routers">The routers whose routes are marked.</param>
    /// <param name="accounts">Reports the lost batches, and has the gates of the shards.</param>
    /// <param name="topic">The topic of the routes.</param>
    /// <param name="shards">Its number of shards.</param>
    public LostRoutes(Curation curation, RouterRegistry routers, RecordAccounts accounts, string topic, int shards)
    {
        (_curation, _routers) = (curation, routers);
        _gates = [.. Enumerable.Range(0, shards).Select(shard => accounts.GetOrAdd(topic, shard).Gate)];
        accounts.OnLost(topic, (_, batch) => Mark(batch));
    }

    /// <summary>Batches whose routes are marked. Any thread.</summary>
    public long Batches => Interlocked.Read(ref _batches);

    // Empty: nobody knows what was in the batch, nor how many shards the process that wrote it had. Any thread.
    private void Mark(ReadOnlyMemory<byte> batch)
    {
        if (batch.IsEmpty)
            MarkAll();
        else
            MarkRoutes(batch.Span);
        // This comes after the marks, so that every state file that begins later has them.
        Interlocked.Increment(ref _batches);
    }

    private void MarkRoutes(ReadOnlySpan<byte> batch)
    {
        byte[] keys = new byte[JournalKeys.MaxLength(batch.Length)];
        int length = JournalKeys.Write(batch, keys);
        JournalKeys.TryRead(keys.AsSpan(0, length), (context, route) =>
        {
            var router = _routers.FindOrAdd(context.Router);
            lock (GateOf(router))
                router.Rib!.FindOrAdd(context.Header).MarkUnknown(context.Family, route, _curation.Options.Silence);
        });
    }

    private void MarkAll()
    {
        foreach (var router in _routers.All())
        {
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

    private Lock GateOf(RouterState router) => _gates[(int)(router.ShardHash % (ulong)_gates.Length)];
}
