using System.Diagnostics;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Tables;

/// <summary>
/// Tests clickhouse-tables/apply.sh: it applies everything as shipped, Kafka tables too, any number of times; brokers and topics are
/// parameters; errors are clear.
/// </summary>
public sealed class ApplyScriptTests : IDisposable
{
    private const string Layout =
        "SELECT database, name, engine, sorting_key, partition_key FROM system.tables WHERE database IN ('bmp', 'flows', 'saimiris') "
        + "ORDER BY database, name";

    private readonly string _folder = Directory.CreateTempSubdirectory("apply-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string[] Parts => [.. TopicTable.All.Select(t => t.Part)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task All_that_it_prints_runs_twice_and_rows_stay()
    {
        await using var server = InProcessClickHouse.Start();
        var printed = await ApplyScript.PrintAsync(Cancel, Parts);
        await server.ApplyAsync(printed, Cancel);
        string[] tables = await server.QueryAsync(Layout, Cancel);
        await server.QueryAsync("INSERT INTO bmp.updates (date, prefix_len, announced, collector_epoch_ns) VALUES (today(), 24, true, 1)",
            Cancel);
        await server.ApplyAsync(printed, Cancel);
        Assert.Equal(tables, await server.QueryAsync(Layout, Cancel));
        Assert.Equal(["1\t1"], await server.QueryAsync("SELECT (SELECT count() FROM bmp.updates), (SELECT count() FROM bmp.rib)", Cancel));
        Assert.Equal(7, tables.Count(t => t.Contains("\tKafka\t", StringComparison.Ordinal)));
        Assert.Equal(["7\t7"], await server.QueryAsync(
            "SELECT countIf(create_table_query LIKE '%kafka_handle_error_mode = ''stream''%'), countIf(create_table_query LIKE "
                + "'%kafka_format = ''CapnProto''%') FROM system.tables WHERE engine = 'Kafka'", Cancel));
    }

    [Fact]
    public async Task A_client_takes_it_and_another_broker_and_topic_the_next_time()
    {
        InProcessClickHouse.Need();
        // Runs the script as clickhouse-client does, on the in-process ClickHouse.
        string client = Path.Combine(_folder, "clickhouse-client");
        await File.WriteAllTextAsync(client, $"#!/bin/sh\nexec node '{InProcessClickHouse.Script}' \"$@\"\n", Cancel);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(client, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var environment = new Dictionary<string, string>
        {
            ["CHDB_FOLDER"] = Path.Combine(_folder, "data"),
            ["PATH"] = _folder + ":" + Environment.GetEnvironmentVariable("PATH")
        };

        var first = await ApplyScript.RunAsync(["bmp"], environment, Cancel);
        Assert.Equal((0, "Applied: bmp, reading from localhost:9092.\n", ""), (first.ExitCode, first.Output, first.Errors));
        var second = await ApplyScript.RunAsync(["--brokers", "[2001:db8::103]:9092,kafka2:9093", "--topic", "risotto-updates=lab.updates",
            "bmp", "malformed", "--", "--host", "ignored"], environment, Cancel);
        Assert.Equal((0, ""), (second.ExitCode, second.Errors));
        Assert.Equal([
            "CREATE TABLE bmp.from_kafka [2001:db8::103]:9092,kafka2:9093 lab.updates clickhouse-risotto-group update.capnp:Update",
            "CREATE TABLE bmp.malformed_from_kafka [2001:db8::103]:9092,kafka2:9093 risotto-malformed clickhouse-risotto-malformed-group "
                + "malformed.capnp:MalformedMessage",
        ], (await ClientAsync(client, environment, """
            SELECT concat('CREATE TABLE ', database, '.', name, ' ',
              arrayStringConcat(extractAll(create_table_query, 'kafka_(?:broker_list|topic_list|group_name|schema) = \'([^\']*)\''), ' '))
            FROM system.tables WHERE engine = 'Kafka' ORDER BY name
            """)).TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_server_that_refuses_or_is_away_is_one_line_and_exit_code_1()
    {
        Programs.Need("clickhouse-client");
        var run = await ApplyScript.RunAsync(["--", "--host", "127.0.0.1", "--port", "1"], [], Cancel);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains("Connection refused", run.Errors, StringComparison.Ordinal);
        Assert.Contains("apply.sh: the server did not take all of it", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--brokers: a value is missing", "--brokers")]
    [InlineData("'kafka' is not HOST:PORT", "--brokers", "kafka")]
    [InlineData("'kafka:0' is not HOST:PORT", "--brokers", "kafka:0")]
    [InlineData("'2001:db8::1:9092' is not HOST:PORT", "--brokers", "2001:db8::1:9092")]
    [InlineData("'x'; DROP TABLE y:1' is not HOST:PORT", "--brokers", "x'; DROP TABLE y:1")]
    [InlineData("follows the last comma", "--brokers", "kafka:9092,")]
    [InlineData("--brokers: is empty", "--brokers", "")]
    [InlineData(
        "no table reads 'updates'; there are pesto-counters pesto-sflow risotto-malformed risotto-peers risotto-stats risotto-updates "
        + "saimiris-replies", "--topic", "updates=x")]
    [InlineData("is not NAME=OTHER", "--topic", "risotto-updates")]
    [InlineData("is not NAME=OTHER", "--topic", "risotto-updates=a'b")]
    [InlineData("there is no flag --broker", "--broker", "x:1")]
    [InlineData("there is no part 'peers'", "peers")]
    public async Task A_wrong_argument_is_one_line_that_names_it_and_exit_code_2(string message, params string[] arguments)
    {
        var run = await ApplyScript.RunAsync(arguments, [], Cancel);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(message, Assert.Single(run.Errors.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.EndsWith("see apply.sh --help\n", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_every_part_and_flag()
    {
        var help = await ApplyScript.RunAsync(["--help"], [], Cancel);
        Assert.Equal(0, help.ExitCode);
        Assert.All([.. Parts, "--brokers", "--topic", "--cluster", "--print"], word =>
            Assert.Contains(word, help.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_clusters_tables_are_read_by_ClickHouse_and_come_before_the_single_servers_which_leave_them()
    {
        await using var server = InProcessClickHouse.Start();
        var printed = await ApplyScript.PrintAsync(Cancel, "--cluster");
        foreach (string statement in printed.Statements)
            Assert.NotEmpty(await server.QueryAsync("EXPLAIN AST " + statement, Cancel));
        foreach (string table in new[] { "bmp.updates", "bmp.current_rib", "bmp.errors", "flows.records", "flows.errors",
            "saimiris.replies", "saimiris.errors" })
        {
            var creations = printed.Statements.Where(s => s.StartsWith($"CREATE TABLE IF NOT EXISTS {table}", StringComparison.Ordinal))
                .ToList();
            Assert.Equal(3, creations.Count);
            Assert.Contains("_local ON CLUSTER '{cluster}'", creations[0], StringComparison.Ordinal);
            Assert.Matches(
                $@"^CREATE TABLE IF NOT EXISTS {table} ON CLUSTER '\{{cluster\}}' AS {table}_local\n"
                    + $@"ENGINE = Distributed\('\{{cluster\}}', {table.Replace(".", ", ", StringComparison.Ordinal)}_local, ",
                creations[1]);
            Assert.StartsWith($"CREATE TABLE IF NOT EXISTS {table}\n(", creations[2], StringComparison.Ordinal);
        }
    }

    private static async Task<string> ClientAsync(string client, Dictionary<string, string> environment, string sql)
    {
        var start = new ProcessStartInfo(client, ["--multiquery"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(sql.AsMemory(), Cancel);
        process.StandardInput.Close();
        string output = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return output;
    }
}
