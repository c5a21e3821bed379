using System.Net;

namespace SaimirisGateway.Storage;

/// <summary>Reads and writes measurement_tracking: one row for each agent of a measurement.</summary>
internal static class MeasurementRows
{
    private const string Summaries =
        """
        SELECT measurement_id, COUNT(*), SUM(CASE WHEN is_complete THEN 1 ELSE 0 END), SUM(expected_probes), SUM(sent_probes),
            SUM(CASE WHEN is_complete OR cancelled THEN 0 ELSE 1 END), SUM(CASE WHEN cancelled THEN 1 ELSE 0 END),
            MIN(created_at), MAX(updated_at)
        FROM measurement_tracking
        """;

    private const string Agents =
        "SELECT agent_id, expected_probes, sent_probes, is_complete, cancelled, updated_at FROM measurement_tracking";

    public static Task<List<MeasurementSummary>> ListAsync(StoreSession session, string userHash, MeasurementQuery query)
    {
        List<string> conditions = [];
        List<(string Name, object? Value)> parameters = [("user", userHash), ("limit", query.Limit)];
        if (query.States != MeasurementStates.None)
            conditions.Add($"({string.Join(" OR ", StateConditions(query.States))})");
        if (query.Since is { } since)
        {
            conditions.Add("MIN(created_at) >= @since");
            parameters.Add(("since", since));
        }
        if (query.Until is { } until)
        {
            conditions.Add("MIN(created_at) <= @until");
            parameters.Add(("until", until));
        }
        if (query.AgentId is { } agent)
        {
            conditions.Add("SUM(CASE WHEN agent_id = @agent THEN 1 ELSE 0 END) > 0");
            parameters.Add(("agent", agent));
        }
        string having = conditions.Count > 0 ? $"HAVING {string.Join(" AND ", conditions)}" : "";
        string column = query.SortByStart ? "MIN(created_at)" : "MAX(updated_at)";
        string direction = query.OldestFirst ? "ASC" : "DESC";
        return session.ListAsync(
            $"""
            {Summaries} WHERE user_hash = @user GROUP BY measurement_id {having}
            ORDER BY {column} {direction}, measurement_id LIMIT @limit
            """,
            ReadSummary, [.. parameters]);
    }

    public static async Task<MeasurementDetail?> FindAsync(StoreSession session, string userHash, Guid measurementId)
    {
        var summary = await FindSummaryAsync(session, userHash, measurementId);
        if (summary is null)
            return null;
        var agents = await session.ListAsync(
            $"{Agents} WHERE measurement_id = @id AND user_hash = @user ORDER BY created_at, position, agent_id", ReadAgent,
            ("id", measurementId), ("user", userHash));
        return new MeasurementDetail(summary, agents);
    }

    public static async Task<Cancellation?> CancelAsync(StoreSession session, string userHash, Guid measurementId, DateTimeOffset now)
    {
        int cancelled = await session.ExecuteAsync(
            """
            UPDATE measurement_tracking SET cancelled = TRUE, updated_at = @now
            WHERE measurement_id = @id AND user_hash = @user AND NOT is_complete AND NOT cancelled
            """,
            ("id", measurementId), ("user", userHash), ("now", now));
        if (cancelled > 0)
            return new Cancellation(CancellationStatus.Cancelled, cancelled);
        return await FindSummaryAsync(session, userHash, measurementId) switch
        {
            null => null,
            { IsCancelled: true } => new Cancellation(CancellationStatus.AlreadyCancelled, 0),
            { IsComplete: true } => new Cancellation(CancellationStatus.AlreadyComplete, 0),
            _ => new Cancellation(CancellationStatus.AlreadyTerminal, 0),
        };
    }

    public static async Task<AgentProgress?> ReportAsync(
        StoreSession session, Guid measurementId, string agentId, long sentProbes, bool isComplete, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sentProbes);
        await session.ExecuteAsync(
            """
            UPDATE measurement_tracking SET
                sent_probes = CASE WHEN sent_probes > @sent THEN sent_probes ELSE @sent END,
                is_complete = is_complete OR @complete,
                updated_at = @now
            WHERE measurement_id = @id AND agent_id = @agent AND NOT cancelled
            """,
            ("id", measurementId), ("agent", agentId), ("sent", (int)Math.Min(sentProbes, int.MaxValue)), ("complete", isComplete),
            ("now", now));
        return await session.FindAsync(
            $"{Agents} WHERE measurement_id = @id AND agent_id = @agent", ReadAgent, ("id", measurementId), ("agent", agentId));
    }

    public static Task<int> ExpireAsync(StoreSession session, DateTimeOffset now) =>
        session.ExecuteAsync(
            """
            UPDATE measurement_tracking SET cancelled = TRUE, updated_at = @now
            WHERE deadline <= @now AND NOT is_complete AND NOT cancelled
            """,
            ("now", now));

    public static Task<List<ActiveSource>> ListActiveSourcesAsync(StoreSession session, DateTimeOffset finishedAfter) =>
        session.ListAsync(
            """
            SELECT agent_id, source_address, measurement_id FROM measurement_tracking
            WHERE source_address IS NOT NULL AND ((NOT is_complete AND NOT cancelled) OR updated_at >= @after)
            """,
            row => new ActiveSource(row.Text(0), IPAddress.Parse(row.Text(1)), row.Guid(2)), ("after", finishedAfter));

    public static Task<List<ActiveSource>> ListSourcesAsync(StoreSession session, Guid measurementId) =>
        session.ListAsync(
            """
            SELECT agent_id, source_address, measurement_id FROM measurement_tracking
            WHERE source_address IS NOT NULL AND measurement_id = @id
            """,
            row => new ActiveSource(row.Text(0), IPAddress.Parse(row.Text(1)), row.Guid(2)), ("id", measurementId));

    private static Task<MeasurementSummary?> FindSummaryAsync(StoreSession session, string userHash, Guid measurementId) =>
        session.FindAsync(
            $"{Summaries} WHERE measurement_id = @id AND user_hash = @user GROUP BY measurement_id", ReadSummary,
            ("id", measurementId), ("user", userHash));

    private static IEnumerable<string> StateConditions(MeasurementStates states)
    {
        const string unfinished = "SUM(CASE WHEN is_complete OR cancelled THEN 0 ELSE 1 END)";
        const string cancelled = "SUM(CASE WHEN cancelled THEN 1 ELSE 0 END)";
        if (states.HasFlag(MeasurementStates.Complete))
            yield return $"({unfinished} = 0 AND {cancelled} = 0)";
        if (states.HasFlag(MeasurementStates.InProgress))
            yield return $"{unfinished} > 0";
        if (states.HasFlag(MeasurementStates.Cancelled))
            yield return $"{cancelled} > 0";
    }

    private static MeasurementSummary ReadSummary(StoreRow row) => new(
        row.Guid(0), row.Int32(1), row.Int32(2), row.Int64(3), row.Int64(4), row.Int64(5) == 0, row.Int64(6) > 0, row.Time(7), row.Time(8));

    private static AgentProgress ReadAgent(StoreRow row) =>
        new(row.Text(0), row.Int64(1), row.Int64(2), row.Bool(3), row.Bool(4), row.Time(5));
}

/// <summary>Says which of a user's measurements to list, and in which order.</summary>
/// <param name="States">The states to list. None lists all.</param>
/// <param name="Since">The earliest start, inclusive.</param>
/// <param name="Until">The latest start, inclusive.</param>
internal sealed record MeasurementQuery(
    int Limit, MeasurementStates States, DateTimeOffset? Since, DateTimeOffset? Until, string? AgentId, bool SortByStart, bool OldestFirst);

[Flags]
internal enum MeasurementStates
{
    None = 0,
    Complete = 1,
    InProgress = 2,
    Cancelled = 4,
}

/// <param name="IsComplete">Every row is complete or cancelled.</param>
/// <param name="IsCancelled">A row is cancelled.</param>
internal sealed record MeasurementSummary(
    Guid Id, int TotalAgents, int CompletedAgents, long ExpectedProbes, long SentProbes, bool IsComplete, bool IsCancelled,
    DateTimeOffset StartedAt, DateTimeOffset LastUpdated);

internal sealed record MeasurementDetail(MeasurementSummary Summary, IReadOnlyList<AgentProgress> Agents);

internal sealed record AgentProgress(
    string AgentId, long ExpectedProbes, long SentProbes, bool IsComplete, bool IsCancelled, DateTimeOffset UpdatedAt);

/// <param name="Agents">The number of agents whose part was cancelled.</param>
internal sealed record Cancellation(CancellationStatus Status, int Agents);

internal enum CancellationStatus
{
    Cancelled,
    AlreadyComplete,
    AlreadyCancelled,

    /// <summary>Nothing was left to cancel, and now there is something again: somebody else changes the rows.</summary>
    AlreadyTerminal,
}

internal sealed record ActiveSource(string AgentId, IPAddress SourceAddress, Guid MeasurementId);
