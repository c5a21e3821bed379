using System.Data.Common;
using System.Net;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Tests.Storage;

public abstract partial class StoreTests
{
    [Fact]
    public async Task With_60_of_100_used_40_are_accepted_and_41_are_not()
    {
        await LimitAsync(100);
        await ReserveAsync(Measurement(60));
        Assert.Equal(
            new Reservation(ReservationStatus.LimitExceeded, Guid.Empty), await _store.ReserveAsync(Measurement(41), Noon, Cancel));
        await ReserveAsync(Measurement(40));
        Assert.Equal(100, (await _store.ReadUsageAsync(TestUser, Noon, Cancel)).Used);
    }

    [Fact]
    public async Task Every_agents_copy_of_the_probes_counts()
    {
        await LimitAsync(100);
        Assert.Equal(ReservationStatus.LimitExceeded, (await _store.ReserveAsync(Measurement(34, agents: 3), Noon, Cancel)).Status);
        await ReserveAsync(Measurement(33, agents: 3));
        Assert.Equal(99, (await _store.ReadUsageAsync(TestUser, Noon, Cancel)).Used);
    }

    [Theory]
    [InlineData(10_001)]
    [InlineData(3_000_000_000)]
    [InlineData(long.MaxValue)]
    public async Task More_than_the_limit_is_refused_and_leaves_nothing(long probes)
    {
        Assert.Equal(ReservationStatus.LimitExceeded, (await _store.ReserveAsync(Measurement(probes, agents: 2), Noon, Cancel)).Status);
        Assert.Equal(0, await CountAsync("measurement_tracking") + await CountAsync("gateway_outbox"));
    }

    [Fact]
    public async Task Yesterdays_probes_do_not_count()
    {
        await ReserveAsync(Measurement(10_000), Noon.AddDays(-1));
        await ReserveAsync(Measurement(10_000));
        Assert.Equal(ReservationStatus.LimitExceeded, (await _store.ReserveAsync(Measurement(1), Noon, Cancel)).Status);
        await ReserveAsync(Measurement(1), Noon.AddDays(1));
    }

    [Fact]
    public async Task Reservations_of_a_gateway_whose_clock_is_ahead_count()
    {
        await LimitAsync(100);
        await ReserveAsync(Measurement(100), Noon.AddSeconds(1));
        Assert.Equal(ReservationStatus.LimitExceeded, (await _store.ReserveAsync(Measurement(1), Noon, Cancel)).Status);
    }

    [Theory]
    [InlineData(1, 50, 50)]
    [InlineData(3, 10, 16)]
    public async Task Of_100_reservations_at_the_same_time_exactly_those_within_the_limit_are_accepted(int agents, int probes, int accepted)
    {
        // 50 times 1 x 50 are 2,500; 16 times 3 x 10 are 480, and 20 are left over.
        await LimitAsync(agents == 1 ? 2500 : 500);
        await using var second = Open();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(n => Task.Run(
            () => (n % 2 == 0 ? _store : second).ReserveAsync(Measurement(probes, agents), Noon.AddMilliseconds(n), Cancel), Cancel)));
        Assert.Equal(accepted, outcomes.Count(o => o.Status == ReservationStatus.Reserved));
        Assert.Equal(100 - accepted, outcomes.Count(o => o.Status == ReservationStatus.LimitExceeded));
        Assert.Equal(accepted * agents, await CountAsync("measurement_tracking"));
        Assert.Equal(accepted, await CountAsync("gateway_outbox"));
        Assert.Equal(accepted * agents * probes, (await _store.ReadUsageAsync(TestUser, Noon, Cancel)).Used);
    }

    [Fact]
    public async Task Released_quota_comes_back_and_nothing_of_the_measurement_stays()
    {
        await LimitAsync(100);
        var key = new IdempotencyKey("k", [1]);
        var id = await ReserveAsync(Measurement(50, agents: 2, key: key));
        Assert.True(await _store.ReleaseAsync(id, Cancel));
        Assert.Null(await _store.FindMeasurementAsync(TestUser, id, Cancel));
        Assert.Empty(await _store.ListOutboxAsync(Cancel));
        Assert.False(await _store.ReleaseAsync(id, Cancel));
        Assert.False(await _store.NoteBatchesAsync(id, 1, 0, Cancel));
        await ReserveAsync(Measurement(50, agents: 2, key: key));
    }

    [Fact]
    public async Task Measurements_that_are_begun_or_produced_are_not_released()
    {
        var begun = await ReserveAsync(Measurement(10));
        Assert.True(await _store.NoteBatchesAsync(begun, 1, 0, Cancel));
        var produced = await ReserveAsync(Measurement(10));
        await _store.CompleteOutboxAsync(produced, Cancel);
        Assert.False(await _store.ReleaseAsync(begun, Cancel));
        Assert.False(await _store.ReleaseAsync(produced, Cancel));
        Assert.Equal(20, (await _store.ReadUsageAsync(TestUser, Noon, Cancel)).Used);
    }

    [Fact]
    public async Task Of_a_release_and_a_first_batch_at_the_same_time_one_wins()
    {
        for (int round = 0; round < 20; round++)
        {
            var id = await ReserveAsync(Measurement(1));
            var release = Task.Run(() => _store.ReleaseAsync(id, Cancel), Cancel);
            var begin = Task.Run(() => _store.NoteBatchesAsync(id, 1, 0, Cancel), Cancel);
            Assert.NotEqual(await release, await begin);
            Assert.Equal(await begin, await _store.FindMeasurementAsync(TestUser, id, Cancel) is not null);
        }
    }

    [Fact]
    public async Task Cancelled_and_expired_measurements_keep_counting()
    {
        await LimitAsync(100);
        var cancelled = await ReserveAsync(Measurement(60));
        await ReserveAsync(Measurement(40, deadline: Noon.AddMinutes(1)));
        await _store.CancelMeasurementAsync(TestUser, cancelled, Noon, Cancel);
        Assert.Equal(1, await _store.ExpireAsync(Noon.AddMinutes(1), Cancel));
        Assert.Equal(ReservationStatus.LimitExceeded, (await _store.ReserveAsync(Measurement(1), Noon.AddMinutes(2), Cancel)).Status);
    }

    [Fact]
    public async Task The_outbox_holds_all_that_is_needed_to_produce_oldest_first()
    {
        AssignedAgent[] agents = [new("zrh", IPAddress.Parse("2001:db8:2::1")), new("ams", IPAddress.Parse("2001:db8:1::1")),
            new("v4", IPAddress.Parse("192.0.2.1"))];
        var later = Measurement(7) with { Agents = agents, ProbesFile = "later.bin" };
        var earlier = Measurement(5, deadline: Noon.AddHours(2)) with { ProbesFile = "earlier.bin" };
        await ReserveAsync(later, Noon.AddSeconds(1));
        await ReserveAsync(earlier);
        await _store.NoteBatchesAsync(later.Id, 3, 2, Cancel);
        await _store.NoteBatchesAsync(later.Id, 1, 1, Cancel);
        await using var afterRestart = Open();
        var entries = await afterRestart.ListOutboxAsync(Cancel);
        Assert.Equal([earlier.Id, later.Id], entries.Select(e => e.MeasurementId));
        Assert.Equal(agents, entries[1].Agents);
        Assert.Equal(new OutboxEntry(later.Id, TestUser, 7, entries[1].Agents, "later.bin", 3, 2, Noon.AddHours(1)), entries[1]);
        Assert.Equal(new OutboxEntry(earlier.Id, TestUser, 5, entries[0].Agents, "earlier.bin", 0, 0, Noon.AddHours(2)), entries[0]);
        await afterRestart.CompleteOutboxAsync(earlier.Id, Cancel);
        Assert.Equal([later.Id], (await _store.ListOutboxAsync(Cancel)).Select(e => e.MeasurementId));
    }

    [Fact]
    public async Task A_reservation_that_fails_in_its_middle_leaves_nothing()
    {
        await ExecuteAsync(FailingOutbox);
        await Assert.ThrowsAnyAsync<DbException>(() =>
            _store.ReserveAsync(Measurement(10, agents: 3, key: new IdempotencyKey("k", [1])), Noon, Cancel));
        Assert.Equal(0, await CountAsync("measurement_tracking"));
        Assert.Equal(0, await CountAsync("gateway_idempotency_keys"));
        Assert.Equal(0, (await _store.ReadUsageAsync(TestUser, Noon, Cancel)).Used);
    }

    [Fact]
    public async Task An_agent_that_is_named_twice_makes_the_reservation_fail_as_a_whole()
    {
        var agent = new AssignedAgent("ams", IPAddress.Parse("2001:db8::1"));
        await Assert.ThrowsAnyAsync<DbException>(() => _store.ReserveAsync(Measurement(10) with { Agents = [agent, agent] }, Noon, Cancel));
        Assert.Equal(0, await CountAsync("measurement_tracking") + await CountAsync("gateway_outbox"));
    }

    [Fact]
    public async Task A_repeated_request_gets_the_first_ones_measurement_even_when_the_limit_is_used_up()
    {
        await LimitAsync(10);
        var first = Measurement(10, key: new IdempotencyKey("k", [1, 2, 3]));
        await ReserveAsync(first);
        var again = await _store.ReserveAsync(Measurement(10, key: new IdempotencyKey("k", [1, 2, 3])), Noon, Cancel);
        Assert.Equal(new Reservation(ReservationStatus.Repeated, first.Id), again);
        var other = await _store.ReserveAsync(Measurement(10, key: new IdempotencyKey("k", [1, 2, 4])), Noon, Cancel);
        Assert.Equal(ReservationStatus.KeyReused, other.Status);
        Assert.Equal(1, await CountAsync("measurement_tracking"));
    }

    [Fact]
    public async Task A_key_is_its_users_own()
    {
        await ReserveAsync(Measurement(1, key: new IdempotencyKey("k", [1])));
        await ReserveAsync(Measurement(1, user: HashOf("bob"), key: new IdempotencyKey("k", [1])));
    }

    [Fact]
    public async Task A_request_that_was_refused_does_not_take_its_key()
    {
        await LimitAsync(10);
        var key = new IdempotencyKey("k", [1]);
        Assert.Equal(ReservationStatus.LimitExceeded, (await _store.ReserveAsync(Measurement(11, key: key), Noon, Cancel)).Status);
        await ReserveAsync(Measurement(10, key: key));
    }

    [Fact]
    public async Task One_key_at_the_same_time_is_one_reservation()
    {
        await using var second = Open();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Task.Run(
            () => (n % 2 == 0 ? _store : second).ReserveAsync(Measurement(1, key: new IdempotencyKey("k", [1])), Noon, Cancel), Cancel)));
        Assert.Single(outcomes, o => o.Status == ReservationStatus.Reserved);
        Assert.Equal(19, outcomes.Count(o => o.Status == ReservationStatus.Repeated));
        Assert.Single(outcomes.Select(o => o.MeasurementId).Distinct());
        Assert.Equal(1, await CountAsync("measurement_tracking"));
    }

    [Fact]
    public async Task A_key_lives_24_hours()
    {
        var key = new IdempotencyKey("k", [1]);
        await ReserveAsync(Measurement(1, key: key));
        Assert.Equal(ReservationStatus.Repeated,
            (await _store.ReserveAsync(Measurement(1, key: key), Noon.AddDays(1).AddMicroseconds(-1), Cancel)).Status);
        await ReserveAsync(Measurement(1, key: key), Noon.AddDays(1));
        await _store.ExpireAsync(Noon.AddDays(2).AddMicroseconds(-1), Cancel);
        Assert.Equal(1, await CountAsync("gateway_idempotency_keys"));
        await _store.ExpireAsync(Noon.AddDays(2), Cancel);
        Assert.Equal(0, await CountAsync("gateway_idempotency_keys"));
    }

    [Fact]
    public async Task A_user_who_is_erased_by_the_first_versions_three_tables_leaves_nothing()
    {
        await ReserveAsync(Measurement(1, key: new IdempotencyKey("k", [1])));
        var other = await ReserveAsync(Measurement(1, user: HashOf("bob"), key: new IdempotencyKey("k", [1])));
        await ExecuteAsync(
            $"""
            DELETE FROM user_id_mappings WHERE user_hash = '{TestUser}';
            DELETE FROM user_limits WHERE user_hash = '{TestUser}';
            DELETE FROM measurement_tracking WHERE user_hash = '{TestUser}';
            """);
        foreach (string table in (string[])["user_id_mappings", "measurement_tracking", "gateway_outbox", "gateway_idempotency_keys"])
            Assert.Equal(1, await CountAsync(table));
        Assert.Equal([other], (await _store.ListOutboxAsync(Cancel)).Select(e => e.MeasurementId));
    }
}
