using System.Data.Common;
using System.Net.Sockets;

namespace SaimirisGateway.Storage;

/// <summary>
/// Stores what outlives the process: users' numbers and limits, agents, measurements, and the probes that Kafka does not have yet. The
/// engine is PostgreSQL or SQLite; both pass the same tests. A user's name is the lower-case hexadecimal SHA-256 of the token's subject.
/// </summary>
/// <remarks>Each method is one transaction, safe for concurrent callers and for several gateways on one PostgreSQL.</remarks>
/// <param name="time">The clock for the rows of users' numbers.</param>
internal sealed class GatewayStore(StoreEngine engine, TimeProvider time) : IAsyncDisposable
{
    /// <summary>
    /// Creates the tables, or upgrades them. Rows stay, and so does the migration journal of the service's first version.
    /// </summary>
    public Task MigrateAsync(CancellationToken cancel) => engine.MigrateAsync(cancel);

    /// <summary>True if the database answers.</summary>
    public async Task<bool> IsReachableAsync(CancellationToken cancel)
    {
        try
        {
            return await engine.ReadAsync(async session => (await session.ListAsync("SELECT 1", row => row.Int32(0))).Count > 0, cancel);
        }
        catch (Exception e) when (e is DbException or SocketException or TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Returns the user's number, from 1000 to 0xFFFFFF00. The first call assigns it, and it never changes.</summary>
    public async Task<uint> UserIdAsync(string userHash, CancellationToken cancel) =>
        await engine.ReadAsync(session => UserRows.FindIdAsync(session, userHash), cancel)
        ?? await engine.WriteAsync(session => UserRows.GetIdAsync(session, userHash, time.GetUtcNow()), cancel);

    /// <summary>Returns the user's limit, and what the user has submitted on the UTC day of <paramref name="now"/>.</summary>
    public Task<UserUsage> ReadUsageAsync(string userHash, DateTimeOffset now, CancellationToken cancel) =>
        engine.ReadAsync(session => UserRows.ReadUsageAsync(session, userHash, now), cancel);

    /// <summary>Returns false when the id is registered with another secret.</summary>
    public Task<bool> RegisterAgentAsync(string agentId, byte[] secretHash, DateTimeOffset now, CancellationToken cancel) =>
        engine.WriteAsync(session => AgentRows.RegisterAsync(session, agentId, secretHash, now), cancel);

    /// <summary>Returns false when there is no such agent.</summary>
    public Task<bool> SetAgentConfigAsync(string agentId, string configJson, DateTimeOffset now, CancellationToken cancel) =>
        engine.WriteAsync(session => AgentRows.SetConfigAsync(session, agentId, configJson, now), cancel);

    /// <summary>Returns false when there is no such agent.</summary>
    public Task<bool> SetAgentHealthAsync(string agentId, AgentHealth health, DateTimeOffset now, CancellationToken cancel) =>
        engine.WriteAsync(session => AgentRows.SetHealthAsync(session, agentId, health, now), cancel);

    public Task<StoredAgent?> FindAgentAsync(string agentId, CancellationToken cancel) =>
        engine.ReadAsync(session => AgentRows.FindAsync(session, agentId), cancel);

    public async Task<IReadOnlyList<StoredAgent>> ListAgentsAsync(CancellationToken cancel) =>
        await engine.ReadAsync(AgentRows.ListAsync, cancel);

    /// <summary>Removes the agents that were last seen before that time, and returns their number.</summary>
    public Task<int> RemoveAgentsAsync(DateTimeOffset lastSeenBefore, CancellationToken cancel) =>
        engine.WriteAsync(session => AgentRows.RemoveAsync(session, lastSeenBefore), cancel);

    /// <summary>
    /// Reserves the quota of all agents of a measurement, and writes its tracking rows, its outbox entry and its idempotency key. It writes
    /// nothing when the limit is exceeded or the key is known.
    /// </summary>
    public Task<Reservation> ReserveAsync(NewMeasurement measurement, DateTimeOffset now, CancellationToken cancel) =>
        engine.WriteAsync(session => ReservationRows.ReserveAsync(session, measurement, now), cancel);

    /// <summary>
    /// Returns Repeated or KeyReused with the key's measurement; null when the user has not used the key in the last 24 hours.
    /// </summary>
    public Task<Reservation?> FindReservationAsync(string userHash, IdempotencyKey key, CancellationToken cancel) =>
        engine.ReadAsync(session => ReservationRows.FindAsync(session, userHash, key), cancel);

    /// <summary>
    /// Deletes a reservation of which nothing was produced: tracking rows, outbox entry and key. Returns false, and deletes nothing, when
    /// some of it was produced.
    /// </summary>
    public Task<bool> ReleaseAsync(Guid measurementId, CancellationToken cancel) =>
        engine.WriteAsync(session => ReservationRows.ReleaseAsync(session, measurementId), cancel);

    /// <summary>
    /// Lists the measurements that are reserved and not completely produced, of all gateways on this database, oldest first.
    /// </summary>
    public async Task<IReadOnlyList<OutboxEntry>> ListOutboxAsync(CancellationToken cancel) =>
        await engine.ReadAsync(ReservationRows.ListOutboxAsync, cancel);

    /// <summary>
    /// Records how many batches of the measurement are begun and sent. Counts never decrease, and a measurement with a batch begun cannot
    /// be released. Returns false when the measurement was released or completely produced: nothing of it may be produced.
    /// </summary>
    public Task<bool> NoteBatchesAsync(Guid measurementId, int batchesBegun, int batchesSent, CancellationToken cancel) =>
        engine.WriteAsync(session => ReservationRows.NoteBatchesAsync(session, measurementId, batchesBegun, batchesSent), cancel);

    /// <summary>Deletes the outbox entry of a measurement that is completely produced.</summary>
    public Task CompleteOutboxAsync(Guid measurementId, CancellationToken cancel) =>
        engine.WriteAsync(session => ReservationRows.CompleteOutboxAsync(session, measurementId), cancel);

    /// <summary>Lists the user's measurements that match, in the order asked for.</summary>
    public async Task<IReadOnlyList<MeasurementSummary>> ListMeasurementsAsync(
        string userHash, MeasurementQuery query, CancellationToken cancel) =>
        await engine.ReadAsync(session => MeasurementRows.ListAsync(session, userHash, query), cancel);

    /// <summary>Returns null when the user has no such measurement.</summary>
    public Task<MeasurementDetail?> FindMeasurementAsync(string userHash, Guid measurementId, CancellationToken cancel) =>
        engine.ReadAsync(session => MeasurementRows.FindAsync(session, userHash, measurementId), cancel);

    /// <summary>Returns null when the user has no such measurement.</summary>
    public Task<Cancellation?> CancelMeasurementAsync(string userHash, Guid measurementId, DateTimeOffset now, CancellationToken cancel) =>
        engine.WriteAsync(session => MeasurementRows.CancelAsync(session, userHash, measurementId, now), cancel);

    /// <summary>
    /// Records an agent's report. Counts never decrease, a complete row stays complete, and a cancelled row does not change. The column
    /// holds at most 2,147,483,647: a larger count is stored as that. Returns null when the measurement has no such agent.
    /// </summary>
    public Task<AgentProgress?> ReportProgressAsync(
        Guid measurementId, string agentId, long sentProbes, bool isComplete, DateTimeOffset now, CancellationToken cancel) =>
        engine.WriteAsync(session => MeasurementRows.ReportAsync(session, measurementId, agentId, sentProbes, isComplete, now), cancel);

    /// <summary>
    /// Cancels the unfinished rows whose deadline has passed, and returns their number. Deletes idempotency keys after 24 hours.
    /// </summary>
    public Task<int> ExpireAsync(DateTimeOffset now, CancellationToken cancel) => engine.WriteAsync(
        async session =>
        {
            await ReservationRows.RemoveKeysAsync(session, now);
            return await MeasurementRows.ExpireAsync(session, now);
        },
        cancel);

    /// <summary>
    /// Lists the (agent, source address, measurement) triples that assign replies to measurements: those that are unfinished, and those
    /// whose row changed at or after that time.
    /// </summary>
    public async Task<IReadOnlyList<ActiveSource>> ListActiveSourcesAsync(DateTimeOffset finishedAfter, CancellationToken cancel) =>
        await engine.ReadAsync(session => MeasurementRows.ListActiveSourcesAsync(session, finishedAfter), cancel);

    /// <summary>
    /// Lists the agents and source addresses of a measurement, finished or not. The list is empty when there is no such measurement.
    /// </summary>
    public async Task<IReadOnlyList<ActiveSource>> ListSourcesAsync(Guid measurementId, CancellationToken cancel) =>
        await engine.ReadAsync(session => MeasurementRows.ListSourcesAsync(session, measurementId), cancel);

    public ValueTask DisposeAsync() => engine.DisposeAsync();
}
