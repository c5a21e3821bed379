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

    // The first message of each capture in which the text is found: a message of every type, and what routers write in them.
    [Theory]
    [InlineData("bird", "Initiation", "Peer Up Notification", "Statistics Report", "Peer Down Notification", "MULTI_EXIT_DISC",
        "LARGE_COMMUNITY", "Withdrawn route", "path id", "End-of-RIB")]
    [InlineData("frr", "Peer Up Notification", "held no more", "Adj-RIB-In post-policy", "Loc-RIB", "suppressed", "open_invalid",
        "AGGREGATOR", "Synthetic withdrawals")]
    [InlineData("gobgp", "ADD-PATH", "AS_SET", "EXTENDED COMMUNITIES", "CLUSTER_LIST", "link-local", "Peer Down Notification",
        "Statistics Report", "Termination")]
    [InlineData("gobgp-vpn", "IPv4 VPN (1/128)", "IPv6 VPN (2/128)", "IPv4 labelled unicast", "MP_UNREACH_NLRI", "Statistics Report")]
    public async Task Messages_of_a_capture_are_explained(string name, params string[] texts)
    {
        var run = await ReplayRun.RunAsync("decode", "--explain", "--curation", ReplayRun.Capture(name));
        Assert.Equal(0, run.ExitCode);
        var messages = ExplainedMessage.Parse(run.Output);
        var found = texts.Select(text => messages.Find(m => m.Text.Contains(text, StringComparison.Ordinal))).OfType<ExplainedMessage>();
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
