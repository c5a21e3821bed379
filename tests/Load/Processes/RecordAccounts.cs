using System.Net;

namespace Load.Processes;

/// <summary>The accounts of one topic as a scrape shows them: how many records are in each place.</summary>
internal sealed record RecordAccounts(
    long Decoded, long Synthetic, long Recovered, long Suppressed, long Acked, long Spooled, long InFlight, long Rejected, long Dropped,
        long Unaccounted)
{
    /// <summary>decoded + synthetic + recovered = suppressed + acked + spooled + in flight + rejected + dropped.</summary>
    public bool IsBalanced => Decoded + Synthetic + Recovered == Suppressed + Acked + Spooled + InFlight + Rejected + Dropped
        && Unaccounted == 0;

    /// <summary>True if no record is under way.</summary>
    public bool IsAtRest => Spooled == 0 && InFlight == 0;

    public static async Task<RecordAccounts> GetAsync(HttpClient client, IPEndPoint service, string topic, CancellationToken cancel,
        string prefix = "risotto")
    {
        var page = await MetricsPage.GetAsync(client, service, cancel);
        return new RecordAccounts(
            Count("decoded_total"), Count("synthetic_total"), Count("recovered_total"), Count("suppressed_total"), Count("acked_total"),
            Count("spooled"), Count("in_flight"), Count("rejected_total"), Count("dropped_total"), Count("unaccounted"));

        long Count(string name) => (long)page[$"{prefix}_records_{name}", $"topic=\"{topic}\""];
    }
}
