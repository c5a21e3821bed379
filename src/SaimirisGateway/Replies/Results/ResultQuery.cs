using System.Globalization;
using Microsoft.AspNetCore.Http;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Replies.Results;

/// <summary>What of a measurement's replies is asked for.</summary>
/// <param name="Cursor">Where to go on; it moves as replies are given out.</param>
/// <param name="Limit">Most replies of a page.</param>
internal sealed record ResultQuery(ReplyCursor Cursor, int Limit)
{
    /// <param name="problem">What is wrong, where something is.</param>
    public static bool TryRead(HttpRequest request, MeasurementDetail measurement, out ResultQuery query, out string problem)
    {
        problem = "";
        query = new ResultQuery(new ReplyCursor(measurement.Summary.Id, measurement.Agents.Select(agent => agent.AgentId)), MeasurementResults.DefaultLimit);
        if (request.Query.TryGetValue("limit", out var limit))
        {
            if (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is < 1 or > MeasurementResults.MaxLimit)
                problem = $"Invalid 'limit' query parameter: expected an integer between 1 and {MeasurementResults.MaxLimit}";
            query = query with { Limit = number };
        }
        // A browser that lost a live stream names the last event that it has; that is further on than the address it began with.
        string cursor = request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last ? last : request.Query["cursor"].ToString();
        if (cursor.Length > 0 && !query.Cursor.TrySet(cursor))
            problem = "Invalid 'cursor' query parameter: expected one that an answer with replies of this measurement gave";
        return problem.Length == 0;
    }
}
