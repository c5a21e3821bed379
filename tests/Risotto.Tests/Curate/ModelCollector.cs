using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Risotto.Curate;
using Risotto.Pipeline;
using Risotto.State;
using Risotto.Telemetry;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;

namespace Risotto.Tests.Curate;

/// <summary>
/// One life of a collector's process without its sockets: routers' states, state file and journal on a real disk, batches that
/// reach the topic or do not.
/// </summary>
internal sealed class ModelCollector : IAsyncDisposable
{
    private const int Shards = 2;

    private readonly JournalingSink _journal;
    private readonly StateStore _store;
    private readonly CollectorIdentity _identity;

    public ModelCollector(string statePath, ulong epochNs, CurationOptions options, ModelTopic topic)
    {
        _identity = new CollectorIdentity("model", epochNs);
        Topic = topic;
        var file = new StateFile(statePath, NullLogger.Instance, Time);
        Curation = new Curation(options with { StatePath = statePath, StateInterval = TimeSpan.FromDays(1) }, file.Seed, Time);
        Routers = new RouterRegistry(int.MaxValue, int.MaxValue, Curation);
        file.Restore(Routers, Curation.Time.Now + options.Hold);
        Accounts = new RecordAccounts();
        var lost = new LostRoutes(Curation, Routers, Accounts, "updates", Shards);
        _journal = new JournalingSink(topic, NullLogger.Instance);
        var batches = new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = Shards };
        Updates = new TopicWriter("updates", batches, _journal, Time, Accounts);
        _store = new StateStore(
            Curation, file.LastNumber, Routers, Updates, _journal, lost, new StateMetrics(Prometheus.Metrics.NewCustomRegistry()),
            NullLogger.Instance, Time);
    }

    public Curation Curation { get; }

    public RouterRegistry Routers { get; }

    public TopicWriter Updates { get; }

    public RecordAccounts Accounts { get; }

    public ModelTopic Topic { get; }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UnixEpoch.AddYears(55));

    public ulong NowNs => UnixTime.NowNs(Time);

    public RouterState StateOf(string address) => Routers.FindOrAdd(Ipv6Address.From(IPAddress.Parse(address)));

    public RisottoPipeline OpenSession(string address)
    {
        var router = StateOf(address);
        return new RisottoPipeline(
            router, 4000, _identity, new PipelineOptions(), new PipelineOutputs { Updates = Updates }, new SessionCounters(),
                Curation.OpenSession(router));
    }

    public Withdrawals Withdrawals(RouterState router) => new(router, Updates.ShardOf(router.ShardHash), _identity, Curation.Counters);

    /// <summary>All that is written is with the topic, or lost on the way there.</summary>
    public async Task FlushAsync()
    {
        Updates.CloseDue(always: true);
        foreach (var shard in Updates.Shards)
        {
            long mark;
            lock (shard.Gate)
                mark = shard.Position;
            while (!shard.IsSettled(mark))
                await Task.Yield();
        }
    }

    /// <summary>Writes a state file, as happens now and then.</summary>
    public async Task WriteStateAsync()
    {
        await FlushAsync();
        await BeginStateAsync();
    }

    /// <summary>The same while records are under way: ends when it is in place.</summary>
    public Task BeginStateAsync() => _store.WriteAsync();

    /// <summary>
    /// kill -9: no state file, no batch that is not closed, and, where <paramref name="losesBatches"/>, none of those under way.
    /// </summary>
    public async Task KillAsync(bool losesBatches)
    {
        Topic.Swallows = losesBatches;
        if (losesBatches)
            Updates.CloseDue(always: true);
        await _journal.DisposeAsync();
        Topic.Swallows = false;
    }

    /// <summary>An orderly end.</summary>
    public async ValueTask DisposeAsync()
    {
        Updates.CloseDue(always: true);
        await _journal.DisposeAsync();
        await _store.DisposeAsync();
    }
}
