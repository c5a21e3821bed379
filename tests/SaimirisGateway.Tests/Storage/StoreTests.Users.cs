using SaimirisGateway.Storage;

namespace SaimirisGateway.Tests.Storage;

public abstract partial class StoreTests
{
    [Fact]
    public async Task A_users_number_is_made_of_the_first_32_bits_of_the_hash_and_is_stored_with_a_sign()
    {
        Assert.Equal(TestUser, HashOf("test-user-id"));
        Assert.Equal(3_378_200_448u, await _store.UserIdAsync(TestUser, Cancel));
        Assert.Equal(1, await CountAsync($"user_id_mappings WHERE user_hash = '{TestUser}' AND user_id = -916766848"));
    }

    [Fact]
    public async Task A_user_keeps_the_number_and_another_one_has_another()
    {
        uint first = await _store.UserIdAsync(HashOf("alice"), Cancel);
        uint second = await _store.UserIdAsync(HashOf("bob"), Cancel);
        Assert.NotEqual(first, second);
        await using var later = Open();
        Assert.Equal(first, await later.UserIdAsync(HashOf("alice"), Cancel));
    }

    [Theory]
    [InlineData("00000000", 1000u)]
    [InlineData("000003e7", 1999u)]
    [InlineData("000003e8", 1000u)]
    [InlineData("ffffff00", 0xFFFF_FF00u)]
    // 1000 + (0xFFFFFFFF mod (0xFFFFFF00 - 1000)) = 1000 + 1255
    [InlineData("ffffffff", 2255u)]
    public async Task Hashes_outside_the_range_are_folded_into_it(string start, uint expected) =>
        Assert.Equal(expected, await _store.UserIdAsync(start.PadRight(64, '0'), Cancel));

    [Fact]
    public async Task A_number_that_is_taken_gives_way_to_another_one_of_the_range()
    {
        await _store.UserIdAsync("12345678".PadRight(64, '0'), Cancel);
        string other = "12345678".PadRight(64, '1');
        uint id = await _store.UserIdAsync(other, Cancel);
        Assert.InRange(id, 1000u, 0xFFFF_FF00u);
        Assert.NotEqual(0x1234_5678u, id);
        Assert.Equal(id, await _store.UserIdAsync(other, Cancel));
    }

    [Fact]
    public async Task Ten_at_the_same_time_get_one_number()
    {
        await using var second = Open();
        var ids = await Task.WhenAll(Enumerable.Range(0, 10).Select(n =>
            Task.Run(() => (n % 2 == 0 ? _store : second).UserIdAsync(TestUser, Cancel), Cancel)));
        Assert.Equal([3_378_200_448u], ids.Distinct());
        Assert.Equal(1, await CountAsync("user_id_mappings"));
    }

    [Fact]
    public async Task Ten_users_at_the_same_time_whose_hashes_begin_alike_get_ten_numbers()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 10).Select(n =>
            Task.Run(() => _store.UserIdAsync("12345678".PadRight(64, (char)('0' + n)), Cancel), Cancel)));
        Assert.Equal(10, ids.Distinct().Count());
    }

    [Fact]
    public async Task A_user_without_a_limit_may_10000_probes_a_day() =>
        Assert.Equal(new UserUsage(10_000, 0, 0, null), await _store.ReadUsageAsync(TestUser, Noon, Cancel));

    [Theory]
    [InlineData(100, 100)]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(2_147_483_647, 2_147_483_647)]
    public async Task A_limit_is_as_set_and_a_negative_one_is_none_at_all(int set, long limit)
    {
        await LimitAsync(set);
        Assert.Equal(limit, (await _store.ReadUsageAsync(TestUser, Noon, Cancel)).Limit);
    }

    [Fact]
    public async Task Usage_is_the_sum_over_agents_of_the_day_and_its_last_change()
    {
        await ReserveAsync(Measurement(10, agents: 2));
        var second = await ReserveAsync(Measurement(30), Noon.AddMinutes(1));
        await ReserveAsync(Measurement(7, user: HashOf("somebody else")));
        await _store.ReportProgressAsync(second, "agent-1", 5, false, Noon.AddMinutes(2), Cancel);
        Assert.Equal(new UserUsage(10_000, 50, 2, Noon.AddMinutes(2)), await _store.ReadUsageAsync(TestUser, Noon.AddMinutes(3), Cancel));
    }

    [Fact]
    public async Task A_day_begins_at_midnight_UTC()
    {
        var midnight = new DateTimeOffset(2026, 8, 20, 0, 0, 0, TimeSpan.Zero);
        await ReserveAsync(Measurement(10), midnight.AddMicroseconds(-1));
        await ReserveAsync(Measurement(5), midnight);
        // The same instant in another time zone, where it is the 21st already.
        var inOtherZone = midnight.AddHours(20).ToOffset(TimeSpan.FromHours(9));
        Assert.Equal(5, (await _store.ReadUsageAsync(TestUser, inOtherZone, Cancel)).Used);
        Assert.Equal(10, (await _store.ReadUsageAsync(TestUser, midnight.AddMicroseconds(-1), Cancel)).Used);
        Assert.Equal(0, (await _store.ReadUsageAsync(TestUser, midnight.AddDays(1), Cancel)).Used);
    }

    [Fact]
    public async Task Sums_beyond_32_bits_are_answered_in_full()
    {
        await LimitAsync(int.MaxValue);
        // The first version could write such rows: it did not count by agent.
        var id = await ReserveAsync(Measurement(1, agents: 3));
        await ExecuteAsync("UPDATE measurement_tracking SET expected_probes = 2000000000");
        Assert.Equal(6_000_000_000, (await _store.ReadUsageAsync(TestUser, Noon, Cancel)).Used);
        Assert.Equal(6_000_000_000, (await _store.FindMeasurementAsync(TestUser, id, Cancel))!.Summary.ExpectedProbes);
        Assert.Equal(ReservationStatus.LimitExceeded, (await _store.ReserveAsync(Measurement(1), Noon, Cancel)).Status);
    }
}
