using System.Globalization;
using Microsoft.AspNetCore.Http;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Replies.Results;

/// <summary>Reads which of a measurement's replies a request asks for.</summary>
/// <param name="Cursor">The place at which to continue. It moves when replies are returned.</param>
/// <param name="Limit">The maximum of replies in a page.</param>
internal sealed record ResultQuery(ReplyCursor Cursor, int Limit)
{
    /// <param name="problem">The text for the user when a value is invalid.</param>
    public static bool TryRead(HttpRequest request, MeasurementDetail measurement, out ResultQuery query, out string problem)
    {
        problem = "";
        var start = new ReplyCursor(measurement.Summary.Id, measurement.Agents.Select(agent => agent.AgentId));
        query = new ResultQuery(start, MeasurementResults.DefaultLimit);
        if (request.Query.TryGetValue("limit", out var limit))
        {
            if (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                || number is < 1 or > MeasurementResults.MaxLimit)
                problem = $"Invalid 'limit' query parameter: expected an integer between 1 and {MeasurementResults.MaxLimit}";
            query = query with { Limit = number };
        }
        // A browser that lost a live stream sends the id of its last event, which is newer than the cursor in its URL.
        string cursor = request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last ? last : request.Query["cursor"].ToString();
        if (cursor.Length > 0 && !query.Cursor.TrySet(cursor))
            problem = "Invalid 'cursor' query parameter: expected one that an answer with replies of this measurement gave";
        return problem.Length == 0;
    }
}
