namespace SaimirisGateway.Tests.Api;

/// <summary>Tests sections 5.5 to 5.7, and the progress of section 6.</summary>
public abstract partial class ApiTests
{
    private async Task<(string User, string Id, string[] Agents)> MeasureAsync(int probes = 10, int agents = 1)
    {
        string user = NewName("user");
        string[] names = await Task.WhenAll(Enumerable.Range(0, agents).Select(_ => Gateway.AddAgentAsync(NewName("agent"))));
        var submitted = await Gateway.SubmitAsync(user, await Gateway.SourceAsync(user), probes, null, names);
        Assert.Equal(200, submitted.Status);
        return (user, submitted.Json.GetProperty("id").GetString()!, names);
    }

    private Task<ApiResponse> ReportAsync(string agent, string measurement, long sent, bool complete) =>
        Gateway.AgentPostAsync($"/agent-api/agent/{agent}/measurement/{measurement}/status",
            $$"""{"sent_probes":{{sent}},"is_complete":{{(complete ? "true" : "false")}}}""");

    [Fact]
    public async Task A_measurement_is_followed_to_its_end()
    {
        var (user, id, agents) = await MeasureAsync(probes: 10, agents: 2);
        string summary(int completed, bool complete, int sent) =>
            $"""
            "completed_agents":{completed},"last_updated":"{TimePattern}","measurement_cancelled":false,
            "measurement_complete":{(complete ? "true" : "false")},"measurement_id":"{id}","started_at":"{TimePattern}",
            "total_agents":2,"total_expected_probes":20,"total_sent_probes":{sent}
            """.ReplaceLineEndings("");
        string agent(string name, bool complete, int sent) =>
            $$"""\{"agent_id":"{{name}}","cancelled":false,"expected_probes":10,"is_complete":{{(complete ? "true" : "false")}}"""
                + $$""","sent_probes":{{sent}},"updated_at":"{{TimePattern}}"\}""";

        var status = await Gateway.GetAsync($"/api/measurement/{id}/status", user);
        Assert.Equal((200, "application/json"), (status.Status, status.Type));
        Assert.Matches(
            $$"""^\{"agents":\[{{agent(agents[0], false, 0)}},{{agent(agents[1], false, 0)}}\],{{summary(0, false, 0)}}\}$""", status.Text);

        var report = await ReportAsync(agents[0], id, 10, true);
        Assert.Matches(
            $$"""^\{"agent_id":"{{agents[0]}}","is_complete":true,"measurement_id":"{{id}}","sent_probes":10"""
            + $$""","updated_at":"{{TimePattern}}"\}$""", report.Text);
        Assert.Equal((200, "application/json"), (report.Status, report.Type));
        status = await Gateway.GetAsync($"/api/measurement/{id}/status", user);
        Assert.Matches($$"""^\{"agents":\[{{agent(agents[0], true, 10)}},{{agent(agents[1], false, 0)}}\],{{summary(1, false, 10)}}\}$""",
            status.Text);

        // An agent may be complete and have sent nothing.
        Assert.Equal(200, (await ReportAsync(agents[1], id, 0, true)).Status);
        var list = await Gateway.GetAsync("/api/measurements", user);
        Assert.Matches($$"""^\[\{{{summary(2, true, 10)}}\}\]$""", list.Text);
        Assert.Equal((200, "application/json"), (list.Status, list.Type));
    }

    [Fact]
    public async Task Reports_do_not_go_back_and_may_exceed_what_32_bits_with_a_sign_hold()
    {
        var (user, id, agents) = await MeasureAsync();
        Assert.Equal(200, (await ReportAsync(agents[0], id, 7, false)).Status);
        Assert.Equal(7, (await ReportAsync(agents[0], id, 3, false)).Json.GetProperty("sent_probes").GetInt32());
        Assert.Equal(200, (await ReportAsync(agents[0], id, uint.MaxValue, true)).Status);
        Assert.True((await ReportAsync(agents[0], id, 3, false)).Json.GetProperty("is_complete").GetBoolean());
        (await ReportAsync(agents[0], id, uint.MaxValue + 1L, true)).AssertText(422, "Failed to deserialize");
        (await ReportAsync(agents[0], id, -1, true)).AssertText(422, "Failed to deserialize");
        Assert.True((await Gateway.GetAsync($"/api/measurement/{id}/status", user)).Json.GetProperty("measurement_complete").GetBoolean());
    }

    [Fact]
    public async Task A_report_for_what_an_agent_has_not_is_404_and_for_no_id_400()
    {
        var (_, id, agents) = await MeasureAsync();
        string stranger = await Gateway.AddAgentAsync(NewName("stranger"));
        (await ReportAsync(stranger, id, 1, false)).AssertError(404, "Measurement tracking entry not found for this agent");
        (await ReportAsync(agents[0], $"{Guid.NewGuid()}", 1, false))
            .AssertError(404, "Measurement tracking entry not found for this agent");
        (await ReportAsync(agents[0], "no-id", 1, false)).AssertError(400, "Invalid measurement ID format");
        foreach (string body in (string[])["{}", """{"sent_probes":1}""", """{"sent_probes":"1","is_complete":true}""",
            """{"sent_probes":1,"is_complete":1}"""])
            (await Gateway.AgentPostAsync($"/agent-api/agent/{agents[0]}/measurement/{id}/status", body))
                .AssertText(422, "Failed to deserialize");
    }

    [Fact]
    public async Task An_id_may_be_spelled_in_four_ways_and_is_echoed_as_it_came()
    {
        var (user, id, agents) = await MeasureAsync();
        string[] spellings = [id, id.Replace("-", "", StringComparison.Ordinal), $"urn:uuid:{id}", $"{{{id}}}", id.ToUpperInvariant()];
        foreach (string spelling in spellings)
        {
            string path = Uri.EscapeDataString(spelling);
            Assert.Equal(
                id, (await Gateway.GetAsync($"/api/measurement/{path}/status", user)).Json.GetProperty("measurement_id").GetString());
            Assert.Equal(spelling, (await ReportAsync(agents[0], path, 1, false)).Json.GetProperty("measurement_id").GetString());
        }
        foreach (string wrong in (string[])["x", id[1..], id + "0", $"({id})", $" {id}", $"{{{id}", $"urn:uuid:{{{id}}}",
            "00000000-0000-0000-0000-00000000000g"])
        {
            string path = Uri.EscapeDataString(wrong);
            (await Gateway.GetAsync($"/api/measurement/{path}/status", user)).AssertError(400, "Invalid measurement ID format");
            (await Gateway.PostAsync($"/api/measurement/{path}/cancel", user, null)).AssertError(400, "Invalid measurement ID format");
            (await Gateway.GetAsync($"/api/measurement/{path}/replies", user)).AssertError(400, "Invalid measurement ID format");
        }
    }

    [Fact]
    public async Task Measurements_of_other_users_are_not_found()
    {
        var (_, id, _) = await MeasureAsync();
        string other = NewName("other");
        foreach (string path in (string[])[id, $"{Guid.NewGuid()}"])
        {
            (await Gateway.GetAsync($"/api/measurement/{path}/status", other)).AssertError(404, "Measurement not found");
            (await Gateway.PostAsync($"/api/measurement/{path}/cancel", other, null)).AssertError(404, "Measurement not found");
            (await Gateway.GetAsync($"/api/measurement/{path}/replies", other)).AssertError(404, "Measurement not found");
        }
        Assert.Equal("[]", (await Gateway.GetAsync("/api/measurements", other)).Text);
    }

    [Fact]
    public async Task Cancelling_ends_what_no_agent_has_finished_and_answers_what_it_changed()
    {
        var (user, id, agents) = await MeasureAsync(agents: 3);
        await ReportAsync(agents[0], id, 10, true);
        var cancelled = await Gateway.PostAsync($"/api/measurement/{id}/cancel", user, null);
        Assert.Equal(
            (200, $$"""{"agents_cancelled":2,"cancelled":true,"measurement_cancelled":true"""
            + $$""","measurement_id":"{{id}}","message":"Measurement cancelled"}"""), (cancelled.Status, cancelled.Text));
        var again = await Gateway.PostAsync($"/api/measurement/{id}/cancel", user, null);
        Assert.Equal(
            (200, $$"""{"agents_cancelled":0,"cancelled":false,"measurement_cancelled":true"""
            + $$""","measurement_id":"{{id}}","message":"Measurement already cancelled"}"""), (again.Status, again.Text));
        var status = (await Gateway.GetAsync($"/api/measurement/{id}/status", user)).Json;
        Assert.Equal([false, true, true],
            status.GetProperty("agents").EnumerateArray().Select(agent => agent.GetProperty("cancelled").GetBoolean()));
        Assert.True(status.GetProperty("measurement_cancelled").GetBoolean() && status.GetProperty("measurement_complete").GetBoolean());

        var (owner, done, doers) = await MeasureAsync();
        await ReportAsync(doers[0], done, 10, true);
        var late = await Gateway.PostAsync($"/api/measurement/{done}/cancel", owner, null);
        Assert.Equal(
            (200, $$"""{"agents_cancelled":0,"cancelled":false,"measurement_cancelled":false"""
            + $$""","measurement_id":"{{done}}","message":"Measurement already complete; nothing to cancel"}"""), (late.Status, late.Text));
    }

    [Theory]
    [InlineData("limit=x", "Invalid 'limit' query parameter: expected an integer between 1 and 100")]
    [InlineData("limit=1.5", "Invalid 'limit' query parameter: expected an integer between 1 and 100")]
    [InlineData("status=done", "Invalid 'status' 'done': expected complete|in-progress|cancelled")]
    [InlineData("status=complete,Cancelled", "Invalid 'status' 'Cancelled': expected complete|in-progress|cancelled")]
    [InlineData("since=nonsense", "Invalid 'since' time: nonsense")]
    [InlineData("since=2026-13-01", "Invalid 'since' time: 2026-13-01")]
    [InlineData("until=2026-02-30%2000:00:00", "Invalid 'until' time: 2026-02-30 00:00:00")]
    [InlineData("agent=%00", "Invalid 'agent'")]
    [InlineData("sort=name", "Invalid 'sort' 'name': expected started|updated")]
    [InlineData("reverse=yes", "Invalid 'reverse' 'yes': expected true|false")]
    public async Task A_query_that_cannot_be_is_400(string query, string message) =>
        (await Gateway.GetAsync($"/api/measurements?{query}", "someone")).AssertError(400, message);

    [Fact]
    public async Task A_repeated_name_in_the_query_is_400()
    {
        (await Gateway.GetAsync("/api/measurements?limit=1&limit=2", "someone")).AssertText(400, "Failed to deserialize query string: ");
        Assert.Equal(200, (await Gateway.GetAsync("/api/measurements?colour=red&colour=blue", "someone")).Status);
    }

    [Fact]
    public async Task Measurements_are_listed_as_the_query_asks()
    {
        string user = NewName("lister"), first = await Gateway.AddAgentAsync(NewName("first")),
            second = await Gateway.AddAgentAsync(NewName("second"));
        string source = await Gateway.SourceAsync(user);
        var ids = new List<string>();
        foreach (string agent in (string[])[first, second, first])
            ids.Add((await Gateway.SubmitAsync(user, source, 1, null, agent)).Json.GetProperty("id").GetString()!);
        // The oldest is now the one that changed last; the middle one is cancelled.
        await Gateway.PostAsync($"/api/measurement/{ids[1]}/cancel", user, null);
        await ReportAsync(first, ids[0], 1, true);

        async Task<string> listed(string query)
        {
            var response = await Gateway.GetAsync($"/api/measurements?{query}", user);
            Assert.Equal(200, response.Status);
            return string.Concat(response.Json.EnumerateArray().Select(measurement =>
                ids.IndexOf(measurement.GetProperty("measurement_id").GetString()!)));
        }

        Assert.Equal("012", await listed(""));
        Assert.Equal("012", await listed("sort=updated&reverse=false"));
        Assert.Equal("210", await listed("reverse=true"));
        Assert.Equal("210", await listed("sort=started&reverse=0"));
        Assert.Equal("012", await listed("sort=started&reverse=1"));
        Assert.Equal("0", await listed("limit=1"));
        Assert.Equal("0", await listed("limit=0"));
        Assert.Equal("0", await listed("limit=-5"));
        Assert.Equal("012", await listed("limit=1000"));
        Assert.Equal("012", await listed("limit="));
        Assert.Equal("0", await listed("status=complete"));
        Assert.Equal("2", await listed("status=in-progress"));
        Assert.Equal("1", await listed("status=cancelled"));
        Assert.Equal("02", await listed("status=complete,%20,in-progress"));
        Assert.Equal("012", await listed("status="));
        Assert.Equal("02", await listed($"agent={first}"));
        Assert.Equal("", await listed("agent=nobody"));
        Assert.Equal("02", await listed($"agent={first}&limit=2&status="));

        string started = (await Gateway.GetAsync($"/api/measurement/{ids[1]}/status", user)).Json.GetProperty("started_at").GetString()!;
        Assert.Equal("12", await listed($"since={started}&sort=started&reverse=1"));
        Assert.Equal("01", await listed($"until={started}&sort=started&reverse=1"));
        Assert.Equal("1", await listed($"since={started}&until={started}"));
        string day = started[..10];
        Assert.Equal("012", await listed($"since={day}"));
        Assert.Equal("", await listed($"until={day}"));
        Assert.Equal("012", await listed($"since={day}%2000:00:00"));
    }
}
