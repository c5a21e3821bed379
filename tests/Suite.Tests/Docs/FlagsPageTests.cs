using Pesto;
using Risotto;
using SaimirisGateway;
using Shared.Hosting.Flags;
using Suite.Tests.Records;

namespace Suite.Tests.Docs;

/// <summary>
/// Compares docs/reference/flags.md with what each service prints for --help-markdown. To write the page again, run this class with
/// <c>DOCS_WRITE=1</c> in the environment.
/// </summary>
public sealed class FlagsPageTests
{
    private const string Introduction = """
        # Flags

        The flags of each service, with their defaults. This page is made of what `--help-markdown` prints: do not edit it. The test
        `FlagsPageTests` with `DOCS_WRITE=1` in its environment writes it again.

        Each flag is an environment variable too: the program's name and the flag's in capitals, with `_` for `-`. `--kafka-brokers` of
        Risotto is `RISOTTO_KAFKA_BROKERS`. The command line wins. [More on configuration](service.md#configuration).

        - [risotto](#risotto): BMP
        - [pesto](#pesto): sFlow
        - [saimiris-gateway](#saimiris-gateway): replies and probes

        ## State directory

        Files that outlive a process are in its state directory, unless a flag names another path. The state directory is the first of:

        1. `$STATE_DIRECTORY`, which systemd sets for a unit with `StateDirectory=`,
        2. `/var/lib/PROGRAM`, when the program runs as root or may write to that directory,
        3. `$XDG_STATE_HOME/PROGRAM`, which is `~/.local/state/PROGRAM` when the variable is not set.

        `--help`, `--check-config` and the log name the path. Two instances of one service on one machine need a path each.

        """;

    [Fact]
    public async Task The_page_agrees_with_help()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var text = new StringWriter { NewLine = "\n" };
        text.Write(Introduction);
        Write(text, RisottoOptions.CommandLine(_ => null));
        Write(text, PestoOptions.CommandLine(_ => null));
        Write(text, GatewayOptions.CommandLine(_ => null));
        string file = Path.Combine(RepositoryFolder.Root, "docs", "reference", "flags.md");
        if (Environment.GetEnvironmentVariable("DOCS_WRITE") == "1")
            await File.WriteAllTextAsync(file, text.ToString(), cancel);
        Assert.Equal(text.ToString().Split('\n'), (await File.ReadAllTextAsync(file, cancel)).Split('\n'));
    }

    private static void Write<T>(StringWriter text, CommandLine<T> commandLine)
    {
        text.Write($"\n## {commandLine.Program}\n\n");
        Assert.Null(commandLine.Parse(["--help-markdown"], text, out _));
    }
}
