using Npgsql;
using SaimirisGateway.Storage;
using Shared.Hosting.Service;

namespace SaimirisGateway.Tests.Storage;

/// <summary>Tests the migration of the first version's database. first_version.sql is written from the description of its tables.</summary>
[Trait("Needs", "Daemon")]
public sealed class PostgresMigrationTests(PostgresServer server)
{
    private static readonly string Alice = new('a', 64), Bob = new('b', 64);
    private static readonly DateTimeOffset Noon = new(2026, 8, 20, 12, 0, 0, TimeSpan.Zero);

    // All rows, with the columns of the first version.
    private const string Rows =
        """
        SELECT 'sqlx ' || m::text FROM _sqlx_migrations m
        UNION ALL SELECT 'usage ' || u::text FROM probe_usage u
        UNION ALL SELECT 'limit ' || l::text FROM user_limits l
        UNION ALL SELECT 'number ' || n::text FROM user_id_mappings n
        UNION ALL SELECT 'row ' || r::text FROM (
            SELECT id, user_hash, measurement_id, agent_id, expected_probes, sent_probes, is_complete, created_at, updated_at,
                cancelled FROM measurement_tracking) r
        UNION ALL SELECT 'status ' || s::text FROM measurement_status s
        ORDER BY 1
        """;

    private const string Schema =
        """
        SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable, column_default)
            FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        ORDER BY 1
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_installed_database_is_taken_over_with_every_row_as_it_was()
    {
        string url = await InstalledAsync();
        var before = await ReadAsync(url, Rows);
        Assert.Equal(17, before.Count);
        await MigrateAsync(url);
        Assert.Equal(before, await ReadAsync(url, Rows));

        await using var store = Open(url);
        Assert.Equal(0xAAAA_AAAAu, await store.UserIdAsync(Alice, Cancel));
        Assert.Equal(4242u, await store.UserIdAsync(Bob, Cancel));
        Assert.Equal(new UserUsage(500, 200, 1, Noon.AddHours(-4).AddMinutes(1).AddTicks(1_234_560)),
            await store.ReadUsageAsync(Alice, Noon, Cancel));
        Assert.Equal(0, (await store.ReadUsageAsync(Bob, Noon, Cancel)).Limit);
        var detail = await store.FindMeasurementAsync(Alice, new Guid("11111111-1111-4111-8111-111111111111"), Cancel);
        Assert.Equal(["ams", "zrh"], detail!.Agents.Select(a => a.AgentId));
        Assert.Equal((2, 1, 200L, 140L, false),
            (detail.Summary.TotalAgents, detail.Summary.CompletedAgents, detail.Summary.ExpectedProbes, detail.Summary.SentProbes,
            detail.Summary.IsComplete));
    }

    [Fact]
    public async Task An_empty_database_becomes_what_an_installed_one_becomes_with_the_same_five_rows()
    {
        string installed = await InstalledAsync(), empty = await server.CreateDatabaseAsync();
        await MigrateAsync(installed);
        await MigrateAsync(empty);
        Assert.Equal(await ReadAsync(installed, Schema), await ReadAsync(empty, Schema));
        const string journal =
            "SELECT concat_ws(' ', version, description, success, encode(checksum, 'hex')) FROM _sqlx_migrations ORDER BY 1";
        Assert.Equal(await ReadAsync(installed, journal), await ReadAsync(empty, journal));
        Assert.Equal(["0"],
            await ReadAsync(empty, "SELECT count(*)::text FROM _sqlx_migrations WHERE execution_time IS NULL OR installed_on IS NULL"));
    }

    [Fact]
    public async Task The_views_count_as_they_do_in_an_installed_database()
    {
        string installed = await InstalledAsync(), empty = await server.CreateDatabaseAsync();
        await MigrateAsync(empty);
        const string rows = "SELECT format('INSERT INTO measurement_tracking (user_hash, measurement_id, agent_id, expected_probes, "
            + "sent_probes, is_complete, created_at, updated_at, cancelled) VALUES (%L, %L, %L, %L, %L, %L, %L, %L, %L)', user_hash, "
            + "measurement_id, agent_id, expected_probes, sent_probes, is_complete, created_at, updated_at, cancelled) FROM "
            + "measurement_tracking";
        foreach (string insert in await ReadAsync(installed, rows))
            await ExecuteAsync(empty, insert);
        foreach (string view in (string[])["measurement_status", "user_usage_stats"])
        {
            string all = $"SELECT to_jsonb(v)::text FROM {view} v ORDER BY 1";
            Assert.Equal(await ReadAsync(installed, all), await ReadAsync(empty, all));
        }
    }

    [Fact]
    public async Task A_second_start_changes_nothing()
    {
        string url = await InstalledAsync();
        await MigrateAsync(url);
        const string journal = "SELECT scriptname || applied::text FROM gateway_schema_versions ORDER BY 1";
        var (rows, schema, scripts) = (await ReadAsync(url, Rows), await ReadAsync(url, Schema), await ReadAsync(url, journal));
        Assert.Equal(2, scripts.Count);
        await MigrateAsync(url);
        Assert.Equal(rows, await ReadAsync(url, Rows));
        Assert.Equal(schema, await ReadAsync(url, Schema));
        Assert.Equal(scripts, await ReadAsync(url, journal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Gateways_that_start_at_the_same_time_do_not_trip_over_each_other(bool installed)
    {
        string url = installed ? await InstalledAsync() : await server.CreateDatabaseAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => MigrateAsync(url), Cancel)));
        Assert.Equal(["2"], await ReadAsync(url, "SELECT count(*)::text FROM gateway_schema_versions"));
        Assert.Equal(["5"], await ReadAsync(url, "SELECT count(*)::text FROM _sqlx_migrations"));
    }

    [Fact]
    public async Task The_first_versions_statements_still_work_and_what_they_leave_unfinished_ends()
    {
        string url = await InstalledAsync();
        await MigrateAsync(url);
        await ExecuteAsync(url,
            "INSERT INTO measurement_tracking (user_hash, measurement_id, agent_id, expected_probes) VALUES (repeat('c', 64), "
            + "'44444444-4444-4444-8444-444444444444', 'ams', 9)");
        await ExecuteAsync(url, "INSERT INTO user_id_mappings (user_hash, user_id) VALUES (repeat('c', 64), 77)");
        await ExecuteAsync(url,
            "INSERT INTO user_limits (user_hash, probe_limit) VALUES (repeat('c', 64), 10) ON CONFLICT (user_hash) DO UPDATE SET "
            + "probe_limit = 10");
        await ExecuteAsync(url,
            "UPDATE measurement_tracking SET sent_probes = 3, is_complete = false, updated_at = now() WHERE agent_id = 'ams' AND "
            + "measurement_id = '44444444-4444-4444-8444-444444444444'");
        await using var store = Open(url);
        Assert.Empty(await store.ListActiveSourcesAsync(Noon, Cancel));
        Assert.Equal(0, await store.ExpireAsync(DateTimeOffset.UtcNow, Cancel));
        // The row above, and an unfinished row of Alice.
        Assert.Equal(2, await store.ExpireAsync(DateTimeOffset.UtcNow.AddDays(1), Cancel));
    }

    [Theory]
    [InlineData("DELETE FROM _sqlx_migrations WHERE version = 20260619000001", "20250718000001")]
    [InlineData("INSERT INTO _sqlx_migrations VALUES (20270101000001, 'later', now(), true, '\\x00', 1)", "20270101000001")]
    [InlineData("UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 20250629000001", "20250629000001")]
    [InlineData("UPDATE _sqlx_migrations SET success = false WHERE version = 20260619000001", "20250718000001")]
    public async Task A_database_of_another_version_is_left_alone_with_an_error_that_names_its_migrations(string change, string named)
    {
        string url = await InstalledAsync();
        await ExecuteAsync(url, change);
        var (rows, schema) = (await ReadAsync(url, Rows), await ReadAsync(url, Schema));
        var error = await Assert.ThrowsAsync<StartupException>(() => MigrateAsync(url));
        Assert.Contains("--database-url", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Equal(rows, await ReadAsync(url, Rows));
        Assert.Equal(
            schema, (await ReadAsync(url, Schema)).Where(line => !line.Contains("gateway_schema_versions", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("postgresql://postgres@127.0.0.1:{0}/missing", "missing")]
    [InlineData("postgresql://postgres:secret@[::1]:{0}/postgres", "postgres")]
    [InlineData("postgresql://postgres:secret@127.0.0.1:1/postgres", "127.0.0.1:1")]
    [InlineData("postgresql://postgres:secret@nowhere.invalid/postgres", "--database-url")]
    public async Task A_database_that_cannot_be_reached_is_one_line_without_the_password(string form, string named)
    {
        string url = string.Format(null, form, new Uri(await server.CreateDatabaseAsync()).Port);
        await using var store = Open(url);
        Assert.False(await store.IsReachableAsync(Cancel));
        var error = await Assert.ThrowsAsync<StartupException>(() => store.MigrateAsync(Cancel));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task A_reservation_that_is_given_up_while_it_waits_leaves_nothing()
    {
        string url = await server.CreateDatabaseAsync();
        await MigrateAsync(url);
        await using var store = Open(url);
        await store.UserIdAsync(Alice, Cancel);
        await using var holder = new NpgsqlConnection(PostgresServer.ConnectionString(url));
        await holder.OpenAsync(Cancel);
        await using var transaction = await holder.BeginTransactionAsync(Cancel);
        await using (var hold = new NpgsqlCommand("SELECT 1 FROM user_id_mappings FOR UPDATE", holder, transaction))
            await hold.ExecuteNonQueryAsync(Cancel);
        using var giveUp = new CancellationTokenSource();
        var measurement = new NewMeasurement(
            Guid.NewGuid(), Alice, 1, [new("ams", System.Net.IPAddress.IPv6Loopback)], "f", Noon, new IdempotencyKey("k", [1]));
        var reservation = store.ReserveAsync(measurement, Noon, giveUp.Token);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        bound.CancelAfter(TimeSpan.FromMinutes(5));
        while ((await ReadAsync(
            url, "SELECT pid::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")).Count == 0)
            bound.Token.ThrowIfCancellationRequested();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reservation);
        await transaction.CommitAsync(Cancel);
        Assert.Equal(["0"],
            await ReadAsync(url,
            "SELECT (SELECT count(*) FROM measurement_tracking) + (SELECT count(*) FROM gateway_outbox) + (SELECT count(*) FROM "
            + "gateway_idempotency_keys) || ''"));
    }

    private async Task<string> InstalledAsync()
    {
        string url = await server.CreateDatabaseAsync();
        using var script = new StreamReader(
            typeof(PostgresMigrationTests).Assembly.GetManifestResourceStream("SaimirisGateway.Tests.Storage.first_version.sql")!);
        await ExecuteAsync(url, await script.ReadToEndAsync(Cancel));
        return url;
    }

    private static GatewayStore Open(string url) => DatabaseUrl.Parse(url).OpenStore(TimeProvider.System);

    private static async Task MigrateAsync(string url)
    {
        await using var store = Open(url);
        await store.MigrateAsync(Cancel);
    }

    private static async Task ExecuteAsync(string url, string sql) => await ReadAsync(url, sql);

    private static async Task<List<string>> ReadAsync(string url, string sql)
    {
        await using var connection = new NpgsqlConnection(PostgresServer.ConnectionString(url));
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var rows = new List<string>();
        while (await reader.ReadAsync(Cancel))
            rows.Add(reader.GetString(0));
        return rows;
    }
}
