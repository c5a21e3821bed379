using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Tables;

/// <summary>Runs today's ClickHouse inside a process of Node.js (npm package chdb), with its data in a temporary folder.</summary>
internal sealed class InProcessClickHouse : IAsyncDisposable
{
    private readonly Process _process;

    private InProcessClickHouse(Process process) => _process = process;

    public static string Script { get; } = Path.Combine(RepositoryFolder.Root, "tests", "EndToEnd.Tests", "Tables", "chdb.js");

    /// <summary>Skips the test if chdb is not installed.</summary>
    public static void Need()
    {
        Programs.Need("node");
        if (!Directory.Exists(Path.Combine(RepositoryFolder.Root, "tests", "node_modules", "chdb")))
            Assert.Skip("chdb is not installed (./test.sh installs it)");
    }

    public static InProcessClickHouse Start()
    {
        Need();
        return new InProcessClickHouse(Process.Start(new ProcessStartInfo("node", [Script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true
        })!);
    }

    /// <summary>Starts with the shipped tables. Tables on topics are replaced by ones that an INSERT writes to.</summary>
    public static async Task<InProcessClickHouse> StartWithTablesAsync(CancellationToken cancel, params string[] parts)
    {
        var server = Start();
        await server.ApplyAsync(ApplyScript.WithoutKafka(await ApplyScript.PrintAsync(cancel, parts)), cancel);
        return server;
    }

    public async Task ApplyAsync(SqlFile file, CancellationToken cancel)
    {
        foreach (string statement in file.Statements)
            await QueryAsync(statement, cancel);
    }

    /// <summary>Runs one statement; what ClickHouse says where it refuses is the failure.</summary>
    /// <returns>The rows, with the fields separated by tabs.</returns>
    public async Task<string[]> QueryAsync(string sql, CancellationToken cancel)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new Request(sql, "TabSeparatedRaw")).AsMemory(), cancel);
        await _process.StandardInput.FlushAsync(cancel);
        string? line = await _process.StandardOutput.ReadLineAsync(cancel);
        Assert.True(line is not null, "ClickHouse ended");
        var answer = JsonSerializer.Deserialize<Answer>(line)!;
        Assert.True(answer.Error is null, $"{answer.Error}\n{sql[..Math.Min(sql.Length, 2000)]}");
        return answer.Result!.Length == 0 ? [] : answer.Result.TrimEnd('\n').Split('\n');
    }

    public async ValueTask DisposeAsync()
    {
        // ClickHouse removes its folder when its input ends.
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private sealed record Request([property: JsonPropertyName("sql")] string Sql, [property: JsonPropertyName("format")] string Format);

    private sealed record Answer([property: JsonPropertyName("result")] string? Result,
        [property: JsonPropertyName("error")] string? Error);
}
