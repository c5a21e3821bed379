using System.Globalization;

namespace SaimirisGateway.Storage;

/// <summary>Reads and writes user_id_mappings, and reads user_limits and the sums of a user's rows of measurement_tracking.</summary>
internal static class UserRows
{
    private const uint LowestId = 1000, HighestId = 0xFFFF_FF00;

    private const long DefaultLimit = 10_000;

    private const int MaxAttempts = 100;

    /// <summary>Returns the number that the user gets if it is free. It is made of the first 32 bits of the hash.</summary>
    private static uint Candidate(string userHash)
    {
        uint start = uint.Parse(userHash.AsSpan(0, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return start is >= LowestId and <= HighestId ? start : LowestId + start % (HighestId - LowestId);
    }

    /// <summary>Returns null when the user has no number yet.</summary>
    public static async Task<uint?> FindIdAsync(StoreSession session, string userHash)
    {
        // The column is signed: it holds the number's 32 bits.
        var ids = await session.ListAsync(
            "SELECT user_id FROM user_id_mappings WHERE user_hash = @user", row => unchecked((uint)row.Int32(0)), ("user", userHash));
        return ids.Count > 0 ? ids[0] : null;
    }

    public static async Task<uint> GetIdAsync(StoreSession session, string userHash, DateTimeOffset now)
    {
        uint candidate = Candidate(userHash);
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            // This inserts nothing when the user has a number, or another user has this number.
            await session.ExecuteAsync(
                "INSERT INTO user_id_mappings (user_hash, user_id, created_at) VALUES (@user, @id, @now) ON CONFLICT DO NOTHING",
                ("user", userHash), ("id", unchecked((int)candidate)), ("now", now));
            if (await FindIdAsync(session, userHash) is { } id)
                return id;
            candidate = (uint)Random.Shared.NextInt64(LowestId, HighestId + 1L);
        }
        throw new InvalidOperationException($"No free user id was found in {MaxAttempts} attempts");
    }

    public static async Task<UserUsage> ReadUsageAsync(StoreSession session, string userHash, DateTimeOffset now)
    {
        var limits = await session.ListAsync(
            "SELECT probe_limit FROM user_limits WHERE user_hash = @user", row => Math.Max(0, row.Int64(0)), ("user", userHash));
        // The whole day, not only up to now: the clocks of gateways differ a little.
        var day = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        var usage = await session.FindAsync(
            """
            SELECT COALESCE(SUM(expected_probes), 0), COUNT(DISTINCT measurement_id), MAX(updated_at)
            FROM measurement_tracking WHERE user_hash = @user AND created_at >= @day AND created_at < @next
            """,
            row => new UserUsage(limits.Count > 0 ? limits[0] : DefaultLimit, row.Int64(0), row.Int64(1), row.TimeOrNull(2)),
            ("user", userHash), ("day", day), ("next", day.AddDays(1)));
        return usage!;
    }
}

/// <param name="Limit">Probes a day.</param>
/// <param name="Used">The day's probes, times their agents.</param>
/// <param name="Submissions">The day's measurements.</param>
/// <param name="LastSubmitted">The time at which a row of the day last changed.</param>
internal sealed record UserUsage(long Limit, long Used, long Submissions, DateTimeOffset? LastSubmitted);
