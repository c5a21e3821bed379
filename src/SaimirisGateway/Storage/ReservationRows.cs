using System.Net;

namespace SaimirisGateway.Storage;

/// <summary>Reads and writes the rows of a submission: measurement_tracking, gateway_outbox and gateway_idempotency_keys.</summary>
internal static class ReservationRows
{
    private static readonly TimeSpan KeyLifetime = TimeSpan.FromHours(24);

    public static async Task<Reservation> ReserveAsync(StoreSession session, NewMeasurement measurement, DateTimeOffset now)
    {
        await UserRows.GetIdAsync(session, measurement.UserHash, now);
        await session.Engine.LockUserAsync(session, measurement.UserHash);
        if (measurement.Key is { } key)
        {
            await session.ExecuteAsync(
                "DELETE FROM gateway_idempotency_keys WHERE user_hash = @user AND idempotency_key = @key AND created_at <= @before",
                ("user", measurement.UserHash), ("key", key.Key), ("before", now - KeyLifetime));
            if (await FindAsync(session, measurement.UserHash, key) is { } known)
                return known;
        }
        var usage = await UserRows.ReadUsageAsync(session, measurement.UserHash, now);
        // A limit has 31 bits. One agent's probes above that exceed it for sure; below that the product has at most 62 bits.
        if (measurement.ProbeCount > int.MaxValue || measurement.ProbeCount * measurement.Agents.Count > usage.Limit - usage.Used)
            return new Reservation(ReservationStatus.LimitExceeded, Guid.Empty);
        await InsertAsync(session, measurement, now);
        return new Reservation(ReservationStatus.Reserved, measurement.Id);
    }

    public static Task<Reservation?> FindAsync(StoreSession session, string userHash, IdempotencyKey key) => session.FindAsync(
        "SELECT request_hash, measurement_id FROM gateway_idempotency_keys WHERE user_hash = @user AND idempotency_key = @key",
        row => new Reservation(
            row.Bytes(0).AsSpan().SequenceEqual(key.RequestHash) ? ReservationStatus.Repeated : ReservationStatus.KeyReused, row.Guid(1)),
        ("user", userHash), ("key", key.Key));

    public static async Task<bool> ReleaseAsync(StoreSession session, Guid measurementId)
    {
        int deleted = await session.ExecuteAsync(
            "DELETE FROM gateway_outbox WHERE measurement_id = @id AND batches_begun = 0", ("id", measurementId));
        if (deleted == 0)
            return false;
        await session.ExecuteAsync("DELETE FROM measurement_tracking WHERE measurement_id = @id", ("id", measurementId));
        await session.ExecuteAsync("DELETE FROM gateway_idempotency_keys WHERE measurement_id = @id", ("id", measurementId));
        return true;
    }

    public static async Task<List<OutboxEntry>> ListOutboxAsync(StoreSession session)
    {
        var rows = await session.ListAsync(
            """
            SELECT o.measurement_id, o.user_hash, t.expected_probes, o.probes_file, o.batches_begun, o.batches_sent, t.deadline,
                t.agent_id, t.source_address
            FROM gateway_outbox o JOIN measurement_tracking t ON t.measurement_id = o.measurement_id AND t.user_hash = o.user_hash
            ORDER BY o.created_at, o.measurement_id, t.position
            """,
            row => (
                Entry: new OutboxEntry(row.Guid(0), row.Text(1), row.Int64(2), [], row.Text(3), row.Int32(4), row.Int32(5), row.Time(6)),
                Agent: new AssignedAgent(row.Text(7), IPAddress.Parse(row.Text(8)))));
        return [.. rows.GroupBy(row => row.Entry.MeasurementId)
            .Select(rows => rows.First().Entry with { Agents = [.. rows.Select(row => row.Agent)] })];
    }

    public static async Task<bool> NoteBatchesAsync(StoreSession session, Guid measurementId, int begun, int sent) =>
        await session.ExecuteAsync(
            """
            UPDATE gateway_outbox SET
                batches_begun = CASE WHEN batches_begun > @begun THEN batches_begun ELSE @begun END,
                batches_sent = CASE WHEN batches_sent > @sent THEN batches_sent ELSE @sent END
            WHERE measurement_id = @id
            """,
            ("id", measurementId), ("begun", begun), ("sent", sent)) > 0;

    public static Task<int> CompleteOutboxAsync(StoreSession session, Guid measurementId) =>
        session.ExecuteAsync("DELETE FROM gateway_outbox WHERE measurement_id = @id", ("id", measurementId));

    public static Task<int> RemoveKeysAsync(StoreSession session, DateTimeOffset now) =>
        session.ExecuteAsync("DELETE FROM gateway_idempotency_keys WHERE created_at <= @before", ("before", now - KeyLifetime));

    private static async Task InsertAsync(StoreSession session, NewMeasurement measurement, DateTimeOffset now)
    {
        for (int position = 0; position < measurement.Agents.Count; position++)
        {
            var agent = measurement.Agents[position];
            await session.ExecuteAsync(
                """
                INSERT INTO measurement_tracking
                    (id, user_hash, measurement_id, agent_id, expected_probes, created_at, updated_at, deadline, source_address, position)
                VALUES (@row, @user, @id, @agent, @probes, @now, @now, @deadline, @source, @position)
                """,
                ("row", Guid.NewGuid()), ("user", measurement.UserHash), ("id", measurement.Id), ("agent", agent.AgentId),
                ("probes", (int)measurement.ProbeCount), ("now", now), ("deadline", measurement.Deadline),
                ("source", agent.SourceAddress.ToString()), ("position", position));
        }
        await session.ExecuteAsync(
            "INSERT INTO gateway_outbox (measurement_id, user_hash, probes_file, created_at) VALUES (@id, @user, @file, @now)",
            ("id", measurement.Id), ("user", measurement.UserHash), ("file", measurement.ProbesFile), ("now", now));
        if (measurement.Key is { } key)
        {
            await session.ExecuteAsync(
                """
                INSERT INTO gateway_idempotency_keys (user_hash, idempotency_key, request_hash, measurement_id, created_at)
                VALUES (@user, @key, @request, @id, @now)
                """,
                ("user", measurement.UserHash), ("key", key.Key), ("request", key.RequestHash), ("id", measurement.Id), ("now", now));
        }
    }
}

/// <param name="ProbeCount">The probes of one agent. The quota counts them for each agent.</param>
/// <param name="Agents">In the order of the request, each once.</param>
/// <param name="ProbesFile">The name of the file in the outbox directory that holds the encoded probes.</param>
/// <param name="Deadline">The time at which an unfinished measurement is cancelled.</param>
internal sealed record NewMeasurement(
    Guid Id, string UserHash, long ProbeCount, IReadOnlyList<AssignedAgent> Agents, string ProbesFile, DateTimeOffset Deadline,
    IdempotencyKey? Key);

internal sealed record AssignedAgent(string AgentId, IPAddress SourceAddress);

/// <param name="Key">The text of the request's header.</param>
/// <param name="RequestHash">SHA-256 of the request.</param>
internal sealed record IdempotencyKey(string Key, byte[] RequestHash);

/// <param name="MeasurementId">The measurement of a known key; the empty id when the limit is exceeded.</param>
internal sealed record Reservation(ReservationStatus Status, Guid MeasurementId);

internal enum ReservationStatus
{
    Reserved,
    LimitExceeded,

    /// <summary>The same request was reserved before, as <see cref="Reservation.MeasurementId"/>.</summary>
    Repeated,

    /// <summary>The key belongs to another request.</summary>
    KeyReused,
}

internal sealed record OutboxEntry(
    Guid MeasurementId, string UserHash, long ProbeCount, IReadOnlyList<AssignedAgent> Agents, string ProbesFile, int BatchesBegun,
    int BatchesSent, DateTimeOffset Deadline);
