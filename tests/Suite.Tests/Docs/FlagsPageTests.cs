using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Suite.Tests.Records;

namespace Suite.Tests.Docs;

/// <summary>Compares docs/reference/flags.md with what each service prints for --help. <c>DOCS_WRITE=1</c> writes the page.</summary>
public sealed partial class FlagsPageTests
{
    private const string Introduction = """
        # Flags

        The flags of each service, with their defaults. This page is written from `--help`: do not edit it. `DOCS_WRITE=1` and the test
        `FlagsPageTests` write it again.

        Each flag is an environment variable too: the program's name and the flag's in capitals, with `_` for `-`. `--kafka-brokers` of
        Risotto is `RISOTTO_KAFKA_BROKERS`. The command line wins. [More on configuration](service.md#configuration).

        - [risotto](#risotto): BMP
        - [pesto](#pesto): sFlow
        - [saimiris-gateway](#saimiris-gateway): replies and probes

        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_says_what_help_says()
    {
        var text = new StringBuilder(Introduction);
        foreach (string program in (string[])["risotto", "pesto", "saimiris-gateway"])
        {
            text.Append($"\n## {program}\n\n| Flag | Default | Meaning |\n|---|---|---|\n");
            foreach (var flag in await FlagsAsync(program))
                text.Append($"| `{flag.Name}` | {(flag.Default.Length > 0 ? $"`{flag.Default}`" : "")} | {flag.Meaning} |\n");
        }
        string file = Path.Combine(RepositoryFolder.Root, "docs", "reference", "flags.md");
        if (Environment.GetEnvironmentVariable("DOCS_WRITE") == "1")
            await File.WriteAllTextAsync(file, text.ToString(), Cancel);
        Assert.Equal(text.ToString().Split('\n'), (await File.ReadAllTextAsync(file, Cancel)).Split('\n'));
    }

    private static async Task<IReadOnlyList<(string Name, string Default, string Meaning)>> FlagsAsync(string program)
    {
        string prefix = program.ToUpperInvariant().Replace('-', '_') + "_";
        var flags = new List<(string, string, string)>();
        foreach (string line in (await HelpAsync(program)).Split('\n'))
        {
            if (FlagLine().Match(line.TrimEnd('\r')) is not { Success: true } flag)
                continue;
            string name = flag.Groups["name"].Value, meaning = flag.Groups["text"].Value;
            if (Variable().Match(meaning) is { Success: true } variable)
                Assert.Equal(prefix + VariableOf(name), variable.Groups["name"].Value);
            string value = Default().Match(meaning).Groups["value"].Value;
            // This default is the name of the machine.
            if (name.StartsWith("--collector-id", StringComparison.Ordinal))
                value = "the host name";
            flags.Add((name, value, Default().Replace(Variable().Replace(meaning, ""), "").Replace("|", "\\|", StringComparison.Ordinal)));
        }
        Assert.NotEmpty(flags);
        return flags;
    }

    private static string VariableOf(string flag) => LongName().Match(flag).Groups["name"].Value.ToUpperInvariant().Replace('-', '_');

    private static async Task<string> HelpAsync(string program)
    {
        string file = Path.Combine(AppContext.BaseDirectory, program);
        using var process = Process.Start(new ProcessStartInfo(file, "--help") { RedirectStandardOutput = true })!;
        string help = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        Assert.Equal(0, process.ExitCode);
        return help;
    }

    [GeneratedRegex(@"^  (?<name>-\S.*?) {2,}(?<text>\S.*)$")]
    private static partial Regex FlagLine();

    [GeneratedRegex(@"--(?<name>[\w-]+)")]
    private static partial Regex LongName();

    [GeneratedRegex(@" ?\[env: (?<name>\w+)\]")]
    private static partial Regex Variable();

    [GeneratedRegex(@" ?\[default: (?<value>[^\]]*)\]")]
    private static partial Regex Default();
}
