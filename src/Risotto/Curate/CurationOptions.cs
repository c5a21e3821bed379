namespace Risotto.Curate;

/// <summary>The settings of the curation.</summary>
internal sealed record CurationOptions
{
    /// <summary>Emit a route when it appears and when it goes, but no change in between, as the service's first version did.</summary>
    public bool PresenceOnly { get; init; }

    /// <summary>How long the routes of a router without a session stay; null: forever.</summary>
    public TimeSpan? Hold { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>When routes that the router did not repeat are withdrawn if no End-of-RIB comes.</summary>
    public TimeSpan SweepAfter { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>
    /// <see cref="SweepAfter"/> is randomly shorter or longer by at most this, so that the peers of a restart are not swept all at once.
    /// </summary>
    public TimeSpan SweepJitter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A repeated announcement passes once in this time; null: never.</summary>
    public TimeSpan? Refresh { get; init; }

    /// <summary>Max routes of one router; further ones are refused. A route takes about 20 bytes.</summary>
    public long MaxRoutes { get; init; } = 25_000_000;

    /// <summary>The state file, which keeps the routes over restarts; null: none.</summary>
    public string? StatePath { get; init; }

    /// <summary>How often the state file is written.</summary>
    public TimeSpan StateInterval { get; init; } = TimeSpan.FromSeconds(10);
}
