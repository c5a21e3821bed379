using System.Diagnostics;
using System.Text.RegularExpressions;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Tables;

/// <summary>Runs clickhouse-tables/apply.sh, and holds its output.</summary>
internal sealed partial record ApplyScript(int ExitCode, string Output, string Errors)
{
    private const string Received = """
        ,
          _topic LowCardinality(String),
          _partition UInt64,
          _offset UInt64,
          _error String,
          _raw_message String
        )
        ENGINE = Null
        """;

    public static async Task<SqlFile> PrintAsync(CancellationToken cancel, params string[] arguments)
    {
        var run = await RunAsync(["--print", .. arguments], [], cancel);
        Assert.True(run.ExitCode == 0, run.Errors);
        return new SqlFile(run.Output);
    }

    public static async Task<ApplyScript> RunAsync(string[] arguments, Dictionary<string, string> environment, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(Path.Combine(SqlFile.Folder, "apply.sh"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        string errors = await process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        return new ApplyScript(process.ExitCode, await output, errors);
    }

    /// <summary>Replaces each Kafka table by a Null table that has the Kafka table's virtual columns.</summary>
    public static SqlFile WithoutKafka(SqlFile file)
    {
        string text = string.Join(";\n", file.Statements);
        Assert.Matches(KafkaEngine(), text);
        return new SqlFile(KafkaEngine().Replace(text, Received.ReplaceLineEndings("\n")));
    }

    /// <summary>Does the same with JSON in the topics, and rows that are written within half a second.</summary>
    public static SqlFile WithJson(SqlFile file)
    {
        string text = string.Join(";\n", file.Statements);
        Assert.Matches(CapnProtoFormat(), text);
        return new SqlFile(CapnProtoFormat().Replace(text, "  kafka_format = 'JSONEachRow',\n  kafka_flush_interval_ms = 500,\n"));
    }

    [GeneratedRegex(@"  kafka_format = 'CapnProto',\n  kafka_schema = '[^']*',\n")]
    private static partial Regex CapnProtoFormat();

    [GeneratedRegex(@"\n\)\nENGINE = Kafka\nSETTINGS[^;]*")]
    private static partial Regex KafkaEngine();
}
