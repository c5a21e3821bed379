namespace SaimirisGateway.Storage;

/// <summary>
/// What outlives the process: users' numbers and limits, agents, measurements, and what has still to be produced. PostgreSQL or SQLite; both
/// pass the same tests. A user is named by the lower-case hexadecimal SHA-256 of the token's subject.
/// </summary>
/// <remarks>Every method is one transaction, safe for concurrent callers and for several gateways on one PostgreSQL.</remarks>
internal interface IGatewayStore : IAsyncDisposable
{
    /// <summary>Brings an empty or an installed database to the present form; an installed one's rows and its own journal of migrations stay.</summary>
    Task MigrateAsync(CancellationToken cancel);

    /// <summary>Whether the database answers.</summary>
    Task<bool> IsReachableAsync(CancellationToken cancel);

    /// <summary>The user's number, from 1000 to 0xFFFFFF00; given at the first call, and the same for ever.</summary>
    Task<uint> UserIdAsync(string userHash, CancellationToken cancel);

    /// <summary>What the user may and did submit since 00:00 UTC of <paramref name="now"/>'s day.</summary>
    Task<UserUsage> ReadUsageAsync(string userHash, DateTimeOffset now, CancellationToken cancel);

    /// <summary>False: the id is registered with another secret.</summary>
    Task<bool> RegisterAgentAsync(string agentId, byte[] secretHash, DateTimeOffset now, CancellationToken cancel);

    /// <summary>False: no such agent.</summary>
    Task<bool> SetAgentConfigAsync(string agentId, string configJson, DateTimeOffset now, CancellationToken cancel);

    /// <summary>False: no such agent.</summary>
    Task<bool> SetAgentHealthAsync(string agentId, AgentHealth health, DateTimeOffset now, CancellationToken cancel);

    Task<StoredAgent?> FindAgentAsync(string agentId, CancellationToken cancel);

    Task<IReadOnlyList<StoredAgent>> ListAgentsAsync(CancellationToken cancel);

    /// <summary>Removes the agents last seen before that; returns how many.</summary>
    Task<int> RemoveAgentsAsync(DateTimeOffset lastSeenBefore, CancellationToken cancel);

    /// <summary>
    /// Reserves the quota of all agents of a measurement, and writes its tracking rows, its outbox entry and its idempotency key; all of it or,
    /// where the limit is exceeded or the key is known, nothing.
    /// </summary>
    Task<Reservation> ReserveAsync(NewMeasurement measurement, DateTimeOffset now, CancellationToken cancel);

    /// <summary>What became of the key: Repeated with the measurement, KeyReused, or null: the user has not used it lately.</summary>
    Task<Reservation?> FindReservationAsync(string userHash, IdempotencyKey key, CancellationToken cancel);

    /// <summary>
    /// Takes back what was reserved, because nothing of it was produced: tracking rows, outbox entry and key are gone. False: something of it was
    /// produced already, and it stays.
    /// </summary>
    Task<bool> ReleaseAsync(Guid measurementId, CancellationToken cancel);

    /// <summary>What is reserved and not produced to its end, oldest first; of every gateway on this database.</summary>
    Task<IReadOnlyList<OutboxEntry>> ListOutboxAsync(CancellationToken cancel);

    /// <summary>
    /// So many batches of the measurement are about to be, or are, produced; a release is no longer possible once this is above 0. Counts never go
    /// back. False: the measurement was released, or is produced to its end, and nothing of it may be produced.
    /// </summary>
    Task<bool> NoteBatchesAsync(Guid measurementId, int batchesBegun, int batchesSent, CancellationToken cancel);

    /// <summary>All of it is produced: the entry goes.</summary>
    Task CompleteOutboxAsync(Guid measurementId, CancellationToken cancel);

    /// <summary>Matching measurements of the user, in the order asked for.</summary>
    Task<IReadOnlyList<MeasurementSummary>> ListMeasurementsAsync(string userHash, MeasurementQuery query, CancellationToken cancel);

    /// <summary>Null: the user has no such measurement.</summary>
    Task<MeasurementDetail?> FindMeasurementAsync(string userHash, Guid measurementId, CancellationToken cancel);

    /// <summary>Null: the user has no such measurement.</summary>
    Task<Cancellation?> CancelMeasurementAsync(string userHash, Guid measurementId, DateTimeOffset now, CancellationToken cancel);

    /// <summary>
    /// An agent's report. Counts never go back, a complete row stays complete, and a cancelled one as it is. A count above 2,147,483,647, the
    /// most that the column holds, is stored as that. Null: the measurement has no such agent.
    /// </summary>
    Task<AgentProgress?> ReportProgressAsync(Guid measurementId, string agentId, long sentProbes, bool isComplete, DateTimeOffset now, CancellationToken cancel);

    /// <summary>Cancels the unfinished rows whose deadline has passed, and forgets idempotency keys of 24 hours; returns how many rows.</summary>
    Task<int> ExpireAsync(DateTimeOffset now, CancellationToken cancel);

    /// <summary>
    /// (Agent, source address, measurement) triples, by which replies are assigned to measurements: those that are unfinished, and those whose row
    /// last changed at or after that time.
    /// </summary>
    Task<IReadOnlyList<ActiveSource>> ListActiveSourcesAsync(DateTimeOffset finishedAfter, CancellationToken cancel);

    /// <summary>(agent, source address) pairs of a measurement, finished or not; empty: there is none.</summary>
    Task<IReadOnlyList<ActiveSource>> ListSourcesAsync(Guid measurementId, CancellationToken cancel);
}
