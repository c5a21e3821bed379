namespace Risotto.Curate;

/// <summary>What the curation is told.</summary>
internal sealed record CurationOptions
{
    /// <summary>Emit a route when it appears and when it goes, and no change in between, as the service's first version did.</summary>
    public bool PresenceOnly { get; init; }

    /// <summary>How long the routes of a router without a session stay; null: for ever.</summary>
    public TimeSpan? Hold { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>When routes that were not repeated go where no End-of-RIB says so.</summary>
    public TimeSpan SweepAfter { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>That time is up to so much shorter or longer, by chance, so that not all peers of a restart are swept at once.</summary>
    public TimeSpan SweepJitter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A repeated announcement passes when the route was last emitted so long ago; null: never.</summary>
    public TimeSpan? Refresh { get; init; }

    /// <summary>Routes of one router. A route costs some 20 octets; further ones are refused.</summary>
    public long MaxRoutes { get; init; } = 25_000_000;

    /// <summary>Where the state is kept over restarts; null: nowhere.</summary>
    public string? StatePath { get; init; }

    /// <summary>How often.</summary>
    public TimeSpan StateInterval { get; init; } = TimeSpan.FromSeconds(10);
}
