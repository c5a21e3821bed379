using System.Net;

namespace Load.Processes;

/// <summary>The accounts of one topic as a scrape shows them: where each record is.</summary>
internal sealed record RecordAccounts(
    long Decoded, long Synthetic, long Recovered, long Suppressed, long Acked, long Spooled, long InFlight, long Rejected, long Dropped,
        long Unaccounted)
{
    /// <summary>decoded + synthetic + recovered = suppressed + acked + spooled + in flight + rejected + dropped.</summary>
    public bool IsBalanced => Decoded + Synthetic + Recovered == Suppressed + Acked + Spooled + InFlight + Rejected + Dropped
        && Unaccounted == 0;

    /// <summary>Nothing is on its way.</summary>
    public bool IsAtRest => Spooled == 0 && InFlight == 0;

    public static async Task<RecordAccounts> GetAsync(HttpClient client, IPEndPoint service, string topic, CancellationToken cancel,
        string prefix = "risotto")
    {
        var page = await MetricsPage.GetAsync(client, service, cancel);
        return new RecordAccounts(
            Of("decoded_total"), Of("synthetic_total"), Of("recovered_total"), Of("suppressed_total"), Of("acked_total"),
            Of("spooled"), Of("in_flight"), Of("rejected_total"), Of("dropped_total"), Of("unaccounted"));

        long Of(string name) => (long)page[$"{prefix}_records_{name}", $"topic=\"{topic}\""];
    }
}
