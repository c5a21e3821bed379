using System.Globalization;
using Microsoft.AspNetCore.Http;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Api;

/// <summary>Reads which measurements a query asks for. A name that is not in the query is null.</summary>
internal sealed record MeasurementListQuery(
    string? Limit, string? Status, string? Since, string? Until, string? Agent, string? Sort, string? Reverse)
{
    private const int DefaultLimit = 20, MaxLimit = 100;

    private static readonly string[] Names = ["limit", "status", "since", "until", "agent", "sort", "reverse"];

    public static string? RepeatedName(IQueryCollection query) => Names.FirstOrDefault(name => query[name].Count > 1);

    /// <param name="problem">The text for the user when a value is invalid.</param>
    public bool TryRead(out MeasurementQuery query, out string problem)
    {
        query = null!;
        problem = "";
        if (!TryReadLimit(out int limit))
            problem = "Invalid 'limit' query parameter: expected an integer between 1 and 100";
        else if (!TryReadStates(out var states, out string unknown))
            problem = $"Invalid 'status' '{unknown}': expected complete|in-progress|cancelled";
        else if (!TryReadTime(Since, out var since))
            problem = $"Invalid 'since' time: {Since}";
        else if (!TryReadTime(Until, out var until))
            problem = $"Invalid 'until' time: {Until}";
        // No id has a NUL, and PostgreSQL accepts none.
        else if (Agent?.Contains('\0') == true)
            problem = "Invalid 'agent'";
        else if (Sort is not (null or "started" or "updated"))
            problem = $"Invalid 'sort' '{Sort}': expected started|updated";
        else if (Reverse is not (null or "true" or "1" or "false" or "0"))
            problem = $"Invalid 'reverse' '{Reverse}': expected true|false";
        else
            query = new MeasurementQuery(limit, states, since, until, Agent, Sort == "started", Reverse is "true" or "1");
        return problem.Length == 0;
    }

    private bool TryReadLimit(out int limit)
    {
        limit = DefaultLimit;
        if (string.IsNullOrEmpty(Limit))
            return true;
        bool isNumber = long.TryParse(Limit, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number);
        limit = (int)Math.Clamp(number, 1, MaxLimit);
        return isNumber;
    }

    private bool TryReadStates(out MeasurementStates states, out string unknown)
    {
        states = MeasurementStates.None;
        unknown = "";
        foreach (string word in (Status ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var state = word switch
            {
                "complete" => MeasurementStates.Complete,
                "in-progress" => MeasurementStates.InProgress,
                "cancelled" => MeasurementStates.Cancelled,
                _ => MeasurementStates.None,
            };
            if (state == MeasurementStates.None)
            {
                unknown = word;
                return false;
            }
            states |= state;
        }
        return true;
    }

    private static bool TryReadTime(string? text, out DateTimeOffset? time)
    {
        time = null;
        if (text is null)
            return true;
        bool isTime = Rfc3339.TryParseQuery(text, out var value);
        time = value;
        return isTime;
    }
}
