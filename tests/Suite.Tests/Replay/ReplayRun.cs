using System.Text.Json;
using Replay;
using Suite.Tests.Records;

namespace Suite.Tests.Replay;

/// <summary>Runs the executable's command line in the test's process.</summary>
internal sealed record ReplayRun(int ExitCode, IReadOnlyList<JsonElement> Records, string Output, IReadOnlyList<string> ErrorLines)
{
    public JsonElement Summary => JsonElement.Parse(ErrorLines[^1]);

    public static string Capture(string name) => Path.Combine(RepositoryFolder.Captures, "bmp", name, "input.pcap");

    public static async Task<ReplayRun> RunAsync(params string[] args)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter();
        int exitCode = await ReplayCommand.RunAsync(args, output, error);
        string text = System.Text.Encoding.UTF8.GetString(output.ToArray());
        var records = text.StartsWith('{') ? text.TrimEnd('\n').Split('\n').Select(l => JsonElement.Parse(l)).ToList() : [];
        return new ReplayRun(exitCode, records, text, error.ToString().TrimEnd('\n').Split('\n'));
    }
}
