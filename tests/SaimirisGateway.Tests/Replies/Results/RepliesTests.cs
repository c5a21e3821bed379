using System.Text.Json;
using SaimirisGateway.Tests.Api;

namespace SaimirisGateway.Tests.Replies.Results;

/// <summary>Tests <c>GET /api/measurement/{id}/replies</c> with the replies in memory, over real sockets.</summary>
public sealed class RepliesTests(RepliesFixture fixture) : IClassFixture<RepliesFixture>
{
    private ApiGateway Gateway => fixture.Gateway;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_thousand_replies_are_paged_through_without_a_loss_or_a_repeat()
    {
        var measurement = await Measurement.BeginAsync(Gateway, agents: 3);
        await measurement.UploadAsync(0, first: 0, count: 6000);
        await measurement.UploadAsync(1, first: 6000, count: 4000);
        var (replies, cursor, pages) = await measurement.AllPagesAsync(limit: 333);
        Assert.Equal(31, pages);
        Assert.Equal(RepliesOf.Times(0, 10_000), replies.Select(Measurement.CapturedAt).Order());
        Assert.Equal(replies.OrderBy(Order), replies);
        Assert.All(replies, reply => Assert.Equal(measurement.Source, reply.GetProperty("probeSrcAddr").GetString()));

        // Another agent starts with sequence numbers that the pages have passed already.
        await measurement.UploadAsync(2, first: 10_000, count: 100);
        await measurement.UploadAsync(0, first: 10_100, count: 100);
        (replies, cursor, _) = await measurement.AllPagesAsync(limit: 150, cursor);
        Assert.Equal(RepliesOf.Times(10_000, 200), replies.Select(Measurement.CapturedAt).Order());
        Assert.Equal(200, replies.Count);
        Assert.Empty((await measurement.AllPagesAsync(limit: 150, cursor)).Replies);

        static (ulong, ulong, string) Order(JsonElement reply) =>
            (reply.GetProperty("collectorEpochNs").GetUInt64(), reply.GetProperty("sequence").GetUInt64(),
                reply.GetProperty("agentId").GetString()!);
    }

    [Fact]
    public async Task Lines_are_all_that_there_is()
    {
        var measurement = await Measurement.BeginAsync(Gateway);
        await measurement.UploadAsync(0, first: 0, count: 12_000);
        using var request = measurement.Request("application/x-ndjson");
        using var response = await Gateway.Client.SendAsync(request, Cancel);
        Assert.Equal(("application/x-ndjson", "false"),
            (response.Content.Headers.ContentType?.ToString(), response.Headers.GetValues("Replies-Missing").Single()));
        string[] lines = (await response.Content.ReadAsStringAsync(Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(RepliesOf.Times(0, 12_000), lines.Select(line => Measurement.CapturedAt(JsonDocument.Parse(line).RootElement)));
    }

    [Fact]
    public async Task A_live_stream_gets_each_reply_once_and_continues_after_the_last_event()
    {
        var measurement = await Measurement.BeginAsync(Gateway, agents: 2);
        await measurement.UploadAsync(0, first: 0, count: 700);
        string last;
        await using (var client = await LiveClient.OpenAsync(measurement))
        {
            var seen = await client.RepliesAsync(700);
            var more = Task.WhenAll(UploadAsync(0), UploadAsync(1));
            seen.AddRange(await client.RepliesAsync(600));
            await more;
            last = client.LastEventId;
            Assert.Equal(1300, seen.Select(Measurement.CapturedAt).Distinct().Count());
            // The next page has the rest.
            await using var next = await LiveClient.OpenAsync(measurement, last);
            seen.AddRange(await next.RepliesAsync(400));
            Assert.Equal(RepliesOf.Times(0, 700).Concat(RepliesOf.Times(1000, 1000)), seen.Select(Measurement.CapturedAt).Order());
            await measurement.UploadAsync(1, first: 5000, count: 1);
            Assert.Equal(5_000_000, Measurement.CapturedAt((await next.RepliesAsync(1)).Single()));
        }

        async Task UploadAsync(int agent)
        {
            for (int body = agent; body < 20; body += 2)
                await measurement.UploadAsync(agent, first: 1000 + (body * 50), count: 50);
        }
    }

    [Fact]
    public async Task Only_the_owner_sees_them()
    {
        var measurement = await Measurement.BeginAsync(Gateway);
        await measurement.UploadAsync(0, first: 0, count: 10);
        (await Gateway.GetAsync(measurement.Path, "somebody-else")).AssertError(404, "Measurement not found");
        (await Gateway.GetAsync($"/api/measurement/{Guid.NewGuid()}/replies", measurement.User)).AssertError(404, "Measurement not found");
        (await Gateway.GetAsync("/api/measurement/not-an-id/replies", measurement.User)).AssertError(400, "Invalid measurement ID format");
        Assert.Equal(401, (await Gateway.GetAsync(measurement.Path)).Status);
        // Another user with the same probes on the same agent has another address.
        var other = await Measurement.BeginAsync(Gateway);
        Assert.Empty((await other.PageAsync()).GetProperty("replies").EnumerateArray());
    }

    [Fact]
    public async Task An_impossible_limit_or_cursor_is_refused()
    {
        var measurement = await Measurement.BeginAsync(Gateway);
        await measurement.UploadAsync(0, first: 0, count: 3);
        foreach (string limit in (string[])["0", "10001", "x", "-1", ""])
            (await Gateway.GetAsync($"{measurement.Path}?limit={limit}", measurement.User))
                .AssertError(400, "Invalid 'limit' query parameter: expected an integer between 1 and 10000");
        string cursor = (await measurement.PageAsync("?limit=1")).GetProperty("cursor").GetString()!;
        var other = measurement with { Id = (await Measurement.BeginAsync(Gateway)).Id };
        foreach (string wrong in (string[])["x", cursor[..^1], "AAAA", cursor + "AAAA", new('A', 9000)])
        {
            var answer = await Gateway.GetAsync($"{measurement.Path}?cursor={wrong}", measurement.User);
            // Kestrel refuses a request line of more than 8 KiB before that.
            Assert.True(answer.Status is 400 or 414, $"{wrong}: {answer.Text}");
        }
        var begun = await Measurement.BeginAsync(Gateway);
        (await Gateway.GetAsync($"{begun.Path}?cursor={cursor}", begun.User))
            .AssertError(400, "Invalid 'cursor' query parameter: expected one that an answer with replies of this measurement gave");
        var csv = await Gateway.SendAsync(HttpMethod.Get, measurement.Path, Gateway.Provider.Token(measurement.User), change: request =>
            request.Headers.TryAddWithoutValidation("Accept", "text/csv"));
        csv.AssertError(406, "Accept has to take application/json, application/x-ndjson or text/event-stream");
        Assert.Equal(404, (await Gateway.GetAsync(other.Path, measurement.User)).Status);
    }

    [Fact]
    public async Task A_measurement_that_begins_later_with_the_same_address_gets_no_earlier_replies()
    {
        var first = await Measurement.BeginAsync(Gateway);
        await first.UploadAsync(0, first: 0, count: 5);
        var submitted = await Gateway.SubmitAsync(first.User, first.Source, 1, null, first.Agents);
        var second = first with { Id = submitted.Json.GetProperty("id").GetString()! };
        await second.UploadAsync(0, first: 100, count: 5);
        Assert.Equal(
            RepliesOf.Times(100, 5), (await second.PageAsync()).GetProperty("replies").EnumerateArray().Select(Measurement.CapturedAt));
        // The first measurement is active too, and a reply does not say to which of the two it belongs.
        Assert.Equal(10, (await first.PageAsync()).GetProperty("replies").GetArrayLength());
    }
}
