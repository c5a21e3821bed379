using SaimirisGateway.Storage;

namespace SaimirisGateway.Tests.Storage;

public abstract partial class StoreTests
{
    private static readonly MeasurementQuery All = new(
        100, MeasurementStates.None, null, null, null, SortByStart: false, OldestFirst: false);

    [Fact]
    public async Task Lists_are_sorted_as_asked_and_cut_afterwards()
    {
        // Started a, b, c; changed last c, a, b.
        var (a, b, c) = await ThreeAsync();
        Assert.Equal([b, a, c], await ListAsync(All));
        Assert.Equal([c, a, b], await ListAsync(All with { OldestFirst = true }));
        Assert.Equal([c, b, a], await ListAsync(All with { SortByStart = true }));
        Assert.Equal([a, b, c], await ListAsync(All with { SortByStart = true, OldestFirst = true }));
        Assert.Equal([b, a], await ListAsync(All with { Limit = 2 }));
        Assert.Equal([a], await ListAsync(All with { Limit = 1, SortByStart = true, OldestFirst = true }));
    }

    [Fact]
    public async Task Since_and_until_are_inclusive_and_mean_the_start_to_the_microsecond()
    {
        var (a, b, c) = await ThreeAsync();
        Assert.Equal([c, b], await ListAsync(All with { Since = Noon.AddSeconds(1), SortByStart = true }));
        Assert.Equal([c], await ListAsync(All with { Since = Noon.AddSeconds(1).AddMicroseconds(1) }));
        Assert.Equal([b, a], await ListAsync(All with { Until = Noon.AddSeconds(1) }));
        Assert.Equal([a], await ListAsync(All with { Until = Noon.AddSeconds(1).AddMicroseconds(-1) }));
        Assert.Equal([b], await ListAsync(All with { Since = Noon.AddSeconds(1), Until = Noon.AddSeconds(1) }));
        // Filters come before the limit.
        Assert.Equal([c], await ListAsync(All with { Since = Noon.AddSeconds(2), Limit = 1 }));
    }

    [Fact]
    public async Task States_are_ored_and_a_measurement_that_was_cancelled_is_not_complete()
    {
        var complete = await ReserveAsync(Measurement(1), Noon);
        var open = await ReserveAsync(Measurement(1, agents: 2), Noon.AddSeconds(1));
        var cancelled = await ReserveAsync(Measurement(1, agents: 2), Noon.AddSeconds(2));
        await ReportAsync(complete, "agent-1", 1, true, 0);
        await ReportAsync(open, "agent-1", 1, true, 1);
        await ReportAsync(cancelled, "agent-1", 1, true, 2);
        await CancelAsync(cancelled, 2);
        Assert.Equal([complete], await ListAsync(All with { States = MeasurementStates.Complete }));
        Assert.Equal([open], await ListAsync(All with { States = MeasurementStates.InProgress }));
        Assert.Equal([cancelled], await ListAsync(All with { States = MeasurementStates.Cancelled }));
        Assert.Equal(
            [cancelled, complete], await ListAsync(All with { States = MeasurementStates.Complete | MeasurementStates.Cancelled }));
        Assert.Equal([cancelled, open, complete],
            await ListAsync(All with { States = MeasurementStates.Complete | MeasurementStates.Cancelled | MeasurementStates.InProgress }));
        Assert.Equal([cancelled, open, complete], await ListAsync(All));
    }

    [Fact]
    public async Task A_measurement_that_the_first_version_let_an_agent_reopen_is_both_cancelled_and_in_progress()
    {
        var id = await ReserveAsync(Measurement(1, agents: 2));
        await CancelAsync(id, 1);
        await ExecuteAsync("UPDATE measurement_tracking SET cancelled = FALSE WHERE agent_id = 'agent-1'");
        Assert.Equal([id], await ListAsync(All with { States = MeasurementStates.Cancelled }));
        Assert.Equal([id], await ListAsync(All with { States = MeasurementStates.InProgress }));
        Assert.Empty(await ListAsync(All with { States = MeasurementStates.Complete }));
    }

    [Fact]
    public async Task An_agent_filters_measurements_and_not_their_rows()
    {
        var both = await ReserveAsync(Measurement(5, agents: 2));
        await ReserveAsync(Measurement(5));
        var found = Assert.Single(await _store.ListMeasurementsAsync(TestUser, All with { AgentId = "agent-2" }, Cancel));
        Assert.Equal(new MeasurementSummary(both, 2, 0, 10, 0, false, false, Noon, Noon), found);
        Assert.Empty(await ListAsync(All with { AgentId = "agent-" }));
        Assert.Empty(await ListAsync(All with { AgentId = "' OR 1 = 1 --" }));
    }

    [Fact]
    public async Task Times_have_microseconds_and_are_UTC()
    {
        var inOtherZone = new DateTimeOffset(2026, 8, 20, 14, 0, 0, TimeSpan.FromHours(2)).AddTicks(1_234_567);
        var id = await ReserveAsync(Measurement(1), inOtherZone);
        var started = (await FindAsync(id)).Summary.StartedAt;
        Assert.Equal(Noon.AddTicks(1_234_560), started);
        Assert.Equal(TimeSpan.Zero, started.Offset);
    }

    [Fact]
    public async Task A_database_that_is_there_answers() => Assert.True(await _store.IsReachableAsync(Cancel));

    private async Task<(Guid A, Guid B, Guid C)> ThreeAsync()
    {
        var a = await ReserveAsync(Measurement(1));
        var b = await ReserveAsync(Measurement(1), Noon.AddSeconds(1));
        var c = await ReserveAsync(Measurement(1), Noon.AddSeconds(2));
        await ReserveAsync(Measurement(1, user: HashOf("somebody else")), Noon.AddSeconds(3));
        await ReportAsync(a, "agent-1", 1, false, 10);
        await ReportAsync(b, "agent-1", 1, false, 11);
        return (a, b, c);
    }

    private async Task<List<Guid>> ListAsync(MeasurementQuery query) =>
        [.. (await _store.ListMeasurementsAsync(TestUser, query, Cancel)).Select(m => m.Id)];
}
