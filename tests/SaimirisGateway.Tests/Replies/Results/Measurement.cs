using System.Net.Http.Headers;
using System.Text.Json;
using SaimirisGateway.Tests.Api;

namespace SaimirisGateway.Tests.Replies.Results;

/// <summary>A user's measurement on a gateway, and the agents that send the replies to its probes.</summary>
internal sealed record Measurement(ApiGateway Gateway, string User, string Source, string Id, string[] Agents)
{
    public string Path => $"/api/measurement/{Id}/replies";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<Measurement> BeginAsync(ApiGateway gateway, int agents = 1)
    {
        string user = $"user-{Guid.NewGuid():N}"[..20];
        string[] names = await Task.WhenAll(Enumerable.Range(0, agents).Select(_ =>
            gateway.AddAgentAsync($"agent-{Guid.NewGuid():N}"[..20])));
        string source = await gateway.SourceAsync(user);
        var submitted = await gateway.SubmitAsync(user, source, 5, null, names);
        Assert.Equal(200, submitted.Status);
        return new Measurement(gateway, user, source, submitted.Json.GetProperty("id").GetString()!, names);
    }

    /// <summary>Sends replies to it, captured at the microseconds <paramref name="first"/> and following.</summary>
    public Task UploadAsync(int agent, long first, int count) => UploadAsync(agent, RepliesOf.Source(Source, first, count), count);

    public async Task UploadAsync(int agent, byte[] body, int accepted, string type = "application/vnd.tcpdump.pcap")
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, $"/agent-api/agent/{Agents[agent]}/replies")
        { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ApiGateway.AgentKey);
        using var response = await Gateway.Client.SendAsync(request, Cancel);
        string text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True((int)response.StatusCode == 202, text);
        Assert.Equal(accepted, JsonDocument.Parse(text).RootElement.GetProperty("accepted").GetInt32());
    }

    public async Task<JsonElement> PageAsync(string query = "")
    {
        var page = await Gateway.GetAsync(Path + query, User);
        Assert.True((page.Status, page.Type) == (200, "application/json"), page.Text);
        return page.Json;
    }

    /// <summary>Reads all pages after a cursor, and returns the last cursor.</summary>
    public async Task<(List<JsonElement> Replies, string Cursor, int Pages)> AllPagesAsync(int limit, string? cursor = null)
    {
        var replies = new List<JsonElement>();
        for (int pages = 1; ; pages++)
        {
            var page = await PageAsync($"?limit={limit}{(cursor is null ? "" : "&cursor=" + cursor)}");
            Assert.False(page.GetProperty("missing").GetBoolean());
            replies.AddRange(page.GetProperty("replies").EnumerateArray());
            cursor = page.GetProperty("cursor").GetString();
            if (!page.GetProperty("more").GetBoolean())
                return (replies, cursor!, pages);
            Assert.Equal(limit, page.GetProperty("replies").GetArrayLength());
        }
    }

    public HttpRequestMessage Request(string accept, string? lastEventId = null)
    {
        var request = new HttpRequestMessage(
            HttpMethod.Get, Path)
        { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", Gateway.Provider.Token(User)) } };
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (lastEventId is not null)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        return request;
    }

    public static long CapturedAt(JsonElement reply) => reply.GetProperty("timeReceivedNs").GetInt64();
}
