using Risotto.Curate;

namespace Risotto.Pipeline;

/// <summary>The curation of all routers: what their sessions share.</summary>
/// <param name="options">How long routes stay, and how many.</param>
/// <param name="seed">Secret key of all hashes: that of the state file, if there is one.</param>
/// <param name="clock">Measures the hold and the sweeps.</param>
internal sealed class Curation(CurationOptions options, ulong seed, TimeProvider? clock = null)
{
    private long _sessions;

    public CurationOptions Options { get; } = options;

    public ulong Seed { get; } = seed;

    public CurationCounters Counters { get; } = new();

    /// <summary>The time of the hold and the sweeps.</summary>
    public RunningTime Time { get; } = new(clock ?? TimeProvider.System);

    public RouterRib NewRouter() => new(Seed, Options.MaxRoutes);

    /// <summary>A session of a router whose live routes <see cref="NewRouter"/> has made.</summary>
    public SessionCuration OpenSession(RouterState router) =>
        new(router.Rib!, Interlocked.Increment(ref _sessions), Options, Time, Counters);
}
