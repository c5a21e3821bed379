using System.Text.RegularExpressions;
using Suite.Tests.Records;

namespace Suite.Tests.Replay;

/// <summary>
/// The text of <c>replay decode --explain</c>. The files in Explained were compared with tshark's reading of the same bytes (tshark -V) and
/// with the RFCs. <c>EXPLAIN_WRITE=1</c> writes them again: read the difference before you commit it.
/// </summary>
public sealed class ExplainGoldenTests
{
    private static readonly string Folder = Path.Combine(RepositoryFolder.Root, "tests", "Suite.Tests", "Replay", "Explained");

    public static TheoryData<string> Cases =>
        [.. Directory.EnumerateFiles(Path.Combine(RepositoryFolder.Captures, "cases", "bmp"), "*.bin")
            .Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_case_is_explained_field_by_field(string name)
    {
        string file = Path.Combine(RepositoryFolder.Captures, "cases", "bmp", name + ".bin");
        var run = await ReplayRun.RunAsync("decode", "--raw", "--explain", "--curation", file);
        Assert.Equal(0, run.ExitCode);
        await CompareAsync(name, run.Output);
    }

    // The first message of each capture that has the pattern: a message of every type, and what routers write in them.
    [Theory]
    [InlineData("bird", "sysDescr", "Sent OPEN Message", "Stats Count", "BGP NOTIFICATION", "MULTI_EXIT_DISC", "LARGE_COMMUNITY",
        "Withdrawn route", "NLRI +path id", "link-local fe80", "FSM Event Code", "is reported")]
    [InlineData("frr", "Received OPEN Message", "held no more", "Adj-RIB-In post-policy", "Loc-RIB", "suppressed", "open_invalid",
        "AGGREGATOR", "Shutdown Communication", "BGP OPEN", "(?s)Route Mirroring TLV.*BGP NOTIFICATION")]
    [InlineData("gobgp", "Sent OPEN Message", "AS_SET", "EXTENDED COMMUNITIES", "ORIGINATOR_ID", "MP_UNREACH_NLRI", "Withdrawn route",
        "Stats Count", "contradict the OPENs")]
    [InlineData("gobgp-vpn", "Next Hop +RD 0:0, 10", "Next Hop +RD 0:0, 2",
        "NLRI +label ", "NLRI +labels ", "NLRI +path id",
        "Withdrawn route +label")]
    public async Task Messages_of_a_capture_are_explained(string name, params string[] patterns)
    {
        var run = await ReplayRun.RunAsync("decode", "--explain", "--curation", ReplayRun.Capture(name));
        Assert.Equal(0, run.ExitCode);
        var messages = ExplainedMessage.Parse(run.Output);
        var found = patterns.Select(pattern => messages.Find(m => Regex.IsMatch(m.Text, pattern))).OfType<ExplainedMessage>();
        await CompareAsync(name, string.Concat(found.Distinct().Select(m => m.Text + "\n\n")));
    }

    private static async Task CompareAsync(string name, string text)
    {
        string golden = Path.Combine(Folder, name + ".txt");
        if (Environment.GetEnvironmentVariable("EXPLAIN_WRITE") == "1")
            await File.WriteAllTextAsync(golden, text, TestContext.Current.CancellationToken);
        Assert.Equal(await File.ReadAllTextAsync(golden, TestContext.Current.CancellationToken), text);
    }
}
