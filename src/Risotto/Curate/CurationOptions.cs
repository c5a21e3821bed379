namespace Risotto.Curate;

/// <summary>The settings of the curation.</summary>
internal sealed record CurationOptions
{
    private static readonly TimeSpan DefaultSilence = TimeSpan.FromSeconds(300);

    /// <summary>Emit a route when it appears and when it goes, but no change in between, as the service's first version did.</summary>
    public bool PresenceOnly { get; init; }

    /// <summary>How long the routes of a router without a session stay; null: forever.</summary>
    public TimeSpan? Hold { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>
    /// Routes that the router did not repeat are withdrawn when it has been silent about their view for so long and no End-of-RIB came;
    /// null: never.
    /// </summary>
    public TimeSpan? SweepAfter { get; init; } = DefaultSilence;

    /// <summary>
    /// The silence after which a view counts as no longer reported: <see cref="SweepAfter"/>, or its default where there is no sweep.
    /// </summary>
    public TimeSpan Silence => SweepAfter ?? DefaultSilence;

    /// <summary>
    /// <see cref="SweepAfter"/> is randomly shorter or longer by at most this, so that the peers of a restart are not swept all at once.
    /// </summary>
    public TimeSpan SweepJitter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A repeated announcement passes once in this time; null: never.</summary>
    public TimeSpan? Refresh { get; init; }

    /// <summary>
    /// A session whose report of a view was left out is closed when the view's owner ends. No: it continues with the table as the owner
    /// left it, because it is a capture of a session, and nobody will connect again.
    /// </summary>
    public bool ClosesSuperseded { get; init; } = true;

    /// <summary>Max routes of one router; further ones are refused. A route takes about 20 bytes.</summary>
    public long MaxRoutes { get; init; } = 25_000_000;

    /// <summary>The state file, which keeps the routes over restarts; null: none.</summary>
    public string? StatePath { get; init; }

    /// <summary>How often the state file is written.</summary>
    public TimeSpan StateInterval { get; init; } = TimeSpan.FromSeconds(10);
}
