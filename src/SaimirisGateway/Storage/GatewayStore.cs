using System.Data.Common;
using System.Net.Sockets;

namespace SaimirisGateway.Storage;

/// <summary>The store on either engine: each method is one transaction of it.</summary>
/// <param name="time">When a user's number was given.</param>
internal sealed class GatewayStore(StoreEngine engine, TimeProvider time) : IGatewayStore
{
    public Task MigrateAsync(CancellationToken cancel) => engine.MigrateAsync(cancel);

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

    public async Task<uint> UserIdAsync(string userHash, CancellationToken cancel) =>
        await engine.ReadAsync(session => UserRows.FindIdAsync(session, userHash), cancel)
        ?? await engine.WriteAsync(session => UserRows.GetIdAsync(session, userHash, time.GetUtcNow()), cancel);

    public Task<UserUsage> ReadUsageAsync(string userHash, DateTimeOffset now, CancellationToken cancel) =>
        engine.ReadAsync(session => UserRows.ReadUsageAsync(session, userHash, now), cancel);

    public Task<bool> RegisterAgentAsync(string agentId, byte[] secretHash, DateTimeOffset now, CancellationToken cancel) =>
        engine.WriteAsync(session => AgentRows.RegisterAsync(session, agentId, secretHash, now), cancel);

    public Task<bool> SetAgentConfigAsync(string agentId, string configJson, DateTimeOffset now, CancellationToken cancel) =>
        engine.WriteAsync(session => AgentRows.SetConfigAsync(session, agentId, configJson, now), cancel);

    public Task<bool> SetAgentHealthAsync(string agentId, AgentHealth health, DateTimeOffset now, CancellationToken cancel) =>
        engine.WriteAsync(session => AgentRows.SetHealthAsync(session, agentId, health, now), cancel);

    public Task<StoredAgent?> FindAgentAsync(string agentId, CancellationToken cancel) =>
        engine.ReadAsync(session => AgentRows.FindAsync(session, agentId), cancel);

    public async Task<IReadOnlyList<StoredAgent>> ListAgentsAsync(CancellationToken cancel) => await engine.ReadAsync(AgentRows.ListAsync, cancel);

    public Task<int> RemoveAgentsAsync(DateTimeOffset lastSeenBefore, CancellationToken cancel) =>
        engine.WriteAsync(session => AgentRows.RemoveAsync(session, lastSeenBefore), cancel);

    public Task<Reservation> ReserveAsync(NewMeasurement measurement, DateTimeOffset now, CancellationToken cancel) =>
        engine.WriteAsync(session => ReservationRows.ReserveAsync(session, measurement, now), cancel);

    public Task<Reservation?> FindReservationAsync(string userHash, IdempotencyKey key, CancellationToken cancel) =>
        engine.ReadAsync(session => ReservationRows.FindAsync(session, userHash, key), cancel);

    public Task<bool> ReleaseAsync(Guid measurementId, CancellationToken cancel) =>
        engine.WriteAsync(session => ReservationRows.ReleaseAsync(session, measurementId), cancel);

    public async Task<IReadOnlyList<OutboxEntry>> ListOutboxAsync(CancellationToken cancel) => await engine.ReadAsync(ReservationRows.ListOutboxAsync, cancel);

    public Task<bool> NoteBatchesAsync(Guid measurementId, int batchesBegun, int batchesSent, CancellationToken cancel) =>
        engine.WriteAsync(session => ReservationRows.NoteBatchesAsync(session, measurementId, batchesBegun, batchesSent), cancel);

    public Task CompleteOutboxAsync(Guid measurementId, CancellationToken cancel) =>
        engine.WriteAsync(session => ReservationRows.CompleteOutboxAsync(session, measurementId), cancel);

    public async Task<IReadOnlyList<MeasurementSummary>> ListMeasurementsAsync(string userHash, MeasurementQuery query, CancellationToken cancel) =>
        await engine.ReadAsync(session => MeasurementRows.ListAsync(session, userHash, query), cancel);

    public Task<MeasurementDetail?> FindMeasurementAsync(string userHash, Guid measurementId, CancellationToken cancel) =>
        engine.ReadAsync(session => MeasurementRows.FindAsync(session, userHash, measurementId), cancel);

    public Task<Cancellation?> CancelMeasurementAsync(string userHash, Guid measurementId, DateTimeOffset now, CancellationToken cancel) =>
        engine.WriteAsync(session => MeasurementRows.CancelAsync(session, userHash, measurementId, now), cancel);

    public Task<AgentProgress?> ReportProgressAsync(Guid measurementId, string agentId, long sentProbes, bool isComplete, DateTimeOffset now, CancellationToken cancel) =>
        engine.WriteAsync(session => MeasurementRows.ReportAsync(session, measurementId, agentId, sentProbes, isComplete, now), cancel);

    public Task<int> ExpireAsync(DateTimeOffset now, CancellationToken cancel) => engine.WriteAsync(
        async session =>
        {
            await ReservationRows.RemoveKeysAsync(session, now);
            return await MeasurementRows.ExpireAsync(session, now);
        },
        cancel);

    public async Task<IReadOnlyList<ActiveSource>> ListActiveSourcesAsync(DateTimeOffset finishedAfter, CancellationToken cancel) =>
        await engine.ReadAsync(session => MeasurementRows.ListActiveSourcesAsync(session, finishedAfter), cancel);

    public async Task<IReadOnlyList<ActiveSource>> ListSourcesAsync(Guid measurementId, CancellationToken cancel) =>
        await engine.ReadAsync(session => MeasurementRows.ListSourcesAsync(session, measurementId), cancel);

    public ValueTask DisposeAsync() => engine.DisposeAsync();
}
