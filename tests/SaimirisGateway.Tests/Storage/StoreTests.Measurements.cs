using System.Net;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Tests.Storage;

public abstract partial class StoreTests
{
    [Fact]
    public async Task A_measurement_is_complete_when_its_last_agent_is()
    {
        var id = await ReserveAsync(Measurement(10, agents: 2));
        Assert.Equal(new MeasurementSummary(id, 2, 0, 20, 0, false, false, Noon, Noon), (await FindAsync(id)).Summary);
        await ReportAsync(id, "agent-1", 10, true, 1);
        Assert.Equal(new MeasurementSummary(id, 2, 1, 20, 10, false, false, Noon, Noon.AddSeconds(1)), (await FindAsync(id)).Summary);
        await ReportAsync(id, "agent-2", 10, true, 2);
        Assert.Equal(new MeasurementSummary(id, 2, 2, 20, 20, true, false, Noon, Noon.AddSeconds(2)), (await FindAsync(id)).Summary);
    }

    [Fact]
    public async Task Agents_are_in_the_order_of_the_request()
    {
        AssignedAgent[] agents = [new("zrh", IPAddress.IPv6Loopback), new("ams", IPAddress.IPv6Loopback),
            new("fra", IPAddress.IPv6Loopback)];
        var id = await ReserveAsync(Measurement(4) with { Agents = agents });
        await ReportAsync(id, "ams", 3, false, 1);
        Assert.Equal(
            [
                new AgentProgress("zrh", 4, 0, false, false, Noon),
                new AgentProgress("ams", 4, 3, false, false, Noon.AddSeconds(1)),
                new AgentProgress("fra", 4, 0, false, false, Noon),
            ],
            (await FindAsync(id)).Agents);
    }

    [Fact]
    public async Task An_agent_may_be_complete_with_nothing_sent()
    {
        var id = await ReserveAsync(Measurement(10));
        Assert.Equal(new AgentProgress("agent-1", 10, 0, true, false, Noon.AddSeconds(1)), await ReportAsync(id, "agent-1", 0, true, 1));
        Assert.True((await FindAsync(id)).Summary.IsComplete);
    }

    [Fact]
    public async Task Reports_that_come_late_take_nothing_back()
    {
        var id = await ReserveAsync(Measurement(10));
        await ReportAsync(id, "agent-1", 8, false, 1);
        Assert.Equal(8, (await ReportAsync(id, "agent-1", 5, false, 2))!.SentProbes);
        await ReportAsync(id, "agent-1", 10, true, 3);
        var late = await ReportAsync(id, "agent-1", 9, false, 4);
        Assert.Equal((10L, true), (late!.SentProbes, late.IsComplete));
    }

    [Fact]
    public async Task A_cancelled_row_stays_as_it_is()
    {
        var id = await ReserveAsync(Measurement(10));
        await ReportAsync(id, "agent-1", 4, false, 1);
        await CancelAsync(id, 2);
        var expected = new AgentProgress("agent-1", 10, 4, false, true, Noon.AddSeconds(2));
        Assert.Equal(expected, await ReportAsync(id, "agent-1", 10, true, 3));
        Assert.Equal([expected], (await FindAsync(id)).Agents);
    }

    [Theory]
    [InlineData(2_147_483_647)]
    [InlineData(2_147_483_648)]
    [InlineData(4_294_967_295)]
    [InlineData(long.MaxValue)]
    public async Task A_count_beyond_the_column_is_the_most_that_it_holds_and_the_report_is_not_lost(long sent)
    {
        var id = await ReserveAsync(Measurement(10));
        Assert.Equal(new AgentProgress("agent-1", 10, int.MaxValue, true, false, Noon.AddSeconds(1)),
            await ReportAsync(id, "agent-1", sent, true, 1));
    }

    [Fact]
    public async Task A_negative_count_is_an_error()
    {
        var id = await ReserveAsync(Measurement(10));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => ReportAsync(id, "agent-1", -1, false, 1));
    }

    [Fact]
    public async Task A_report_of_another_agent_or_measurement_finds_nothing()
    {
        var id = await ReserveAsync(Measurement(10));
        Assert.Null(await ReportAsync(id, "agent-2", 1, false, 1));
        Assert.Null(await ReportAsync(Guid.NewGuid(), "agent-1", 1, false, 1));
    }

    [Fact]
    public async Task A_measurement_is_its_users_own()
    {
        var id = await ReserveAsync(Measurement(10));
        string other = HashOf("bob");
        Assert.Null(await _store.FindMeasurementAsync(other, id, Cancel));
        Assert.Null(await _store.CancelMeasurementAsync(other, id, Noon, Cancel));
        Assert.Null(await _store.FindMeasurementAsync(TestUser, Guid.NewGuid(), Cancel));
        Assert.Empty(await _store.ListMeasurementsAsync(other, All, Cancel));
        Assert.False((await FindAsync(id)).Summary.IsCancelled);
    }

    [Fact]
    public async Task Only_unfinished_rows_are_cancelled_and_a_second_time_none()
    {
        var id = await ReserveAsync(Measurement(10, agents: 3));
        await ReportAsync(id, "agent-1", 10, true, 1);
        Assert.Equal(new Cancellation(CancellationStatus.Cancelled, 2), await CancelAsync(id, 2));
        var detail = await FindAsync(id);
        Assert.Equal(new MeasurementSummary(id, 3, 1, 30, 10, true, true, Noon, Noon.AddSeconds(2)), detail.Summary);
        Assert.Equal([(false, 1), (true, 2), (true, 2)], detail.Agents.Select(a => (a.IsCancelled, (a.UpdatedAt - Noon).Seconds)));
        Assert.Equal(new Cancellation(CancellationStatus.AlreadyCancelled, 0), await CancelAsync(id, 3));
    }

    [Fact]
    public async Task A_complete_measurement_is_not_cancelled()
    {
        var id = await ReserveAsync(Measurement(10));
        await ReportAsync(id, "agent-1", 10, true, 1);
        Assert.Equal(new Cancellation(CancellationStatus.AlreadyComplete, 0), await CancelAsync(id, 2));
        Assert.False((await FindAsync(id)).Summary.IsCancelled);
    }

    [Fact]
    public async Task Reports_and_cancellations_at_the_same_time_end_every_row_once()
    {
        await using var second = Open();
        for (int round = 0; round < 10; round++)
        {
            const int agents = 4;
            var id = await ReserveAsync(Measurement(10, agents));
            var reports = Enumerable.Range(1, agents)
                .Select(n => Task.Run(() => second.ReportProgressAsync(id, $"agent-{n}", 10, true, Noon, Cancel), Cancel));
            var cancels = Enumerable.Range(0, 2)
                .Select(_ => Task.Run(() => _store.CancelMeasurementAsync(TestUser, id, Noon, Cancel), Cancel));
            var expiry = Task.Run(() => second.ExpireAsync(Noon.AddDays(1), Cancel), Cancel);
            var reporting = Task.WhenAll(reports);
            var cancelled = await Task.WhenAll(cancels);
            var reported = await reporting;
            int expired = await expiry;
            var rows = (await FindAsync(id)).Agents;
            Assert.All(rows, row => Assert.True(row.IsComplete != row.IsCancelled));
            Assert.Equal(rows.Count(row => row.IsCancelled), cancelled.Sum(c => c!.Agents) + expired);
            // The final state is the one that the agent was answered with.
            Assert.Equal(rows.Where(row => row.IsComplete).Select(row => row.AgentId),
                reported.Where(row => row!.IsComplete).Select(row => row!.AgentId));
        }
    }

    [Fact]
    public async Task Measurements_that_are_unfinished_at_their_deadline_are_cancelled_then()
    {
        var id = await ReserveAsync(Measurement(10, agents: 2, deadline: Noon.AddMinutes(1)));
        var later = await ReserveAsync(Measurement(10, deadline: Noon.AddMinutes(2)));
        await ReportAsync(id, "agent-1", 10, true, 1);
        Assert.Equal(0, await _store.ExpireAsync(Noon.AddMinutes(1).AddMicroseconds(-1), Cancel));
        Assert.Equal(1, await _store.ExpireAsync(Noon.AddMinutes(1), Cancel));
        Assert.Equal(0, await _store.ExpireAsync(Noon.AddMinutes(1), Cancel));
        var summary = (await FindAsync(id)).Summary;
        Assert.Equal(new MeasurementSummary(id, 2, 1, 20, 10, true, true, Noon, Noon.AddMinutes(1)), summary);
        Assert.False((await FindAsync(later)).Summary.IsComplete);
    }

    [Fact]
    public async Task Replies_are_assigned_to_what_is_unfinished_or_was_until_lately()
    {
        var open = Measurement(1, agents: 2);
        var complete = Measurement(1) with { Agents = [new("v4", IPAddress.Parse("192.0.2.1"))] };
        await ReserveAsync(open);
        await ReserveAsync(complete);
        await ReportAsync(complete.Id, "v4", 1, true, 60);
        var unfinished = open.Agents.Select(a => new ActiveSource(a.AgentId, a.SourceAddress, open.Id)).ToList();
        Assert.Equal([.. unfinished, new("v4", IPAddress.Parse("192.0.2.1"), complete.Id)], await SourcesAsync(Noon.AddSeconds(60)));
        Assert.Equal(unfinished, await SourcesAsync(Noon.AddSeconds(61)));
        await _store.CancelMeasurementAsync(TestUser, open.Id, Noon.AddSeconds(60), Cancel);
        Assert.Empty(await SourcesAsync(Noon.AddSeconds(61)));
    }

    private async Task<List<ActiveSource>> SourcesAsync(DateTimeOffset after) =>
        [.. (await _store.ListActiveSourcesAsync(after, Cancel)).OrderBy(s => s.AgentId, StringComparer.Ordinal)];

    private async Task<MeasurementDetail> FindAsync(Guid id) => (await _store.FindMeasurementAsync(TestUser, id, Cancel))!;

    private Task<AgentProgress?> ReportAsync(Guid id, string agent, long sent, bool complete, int second) =>
        _store.ReportProgressAsync(id, agent, sent, complete, Noon.AddSeconds(second), Cancel);

    private Task<Cancellation?> CancelAsync(Guid id, int second) =>
        _store.CancelMeasurementAsync(TestUser, id, Noon.AddSeconds(second), Cancel);
}
