using System.Diagnostics;
using System.Text.RegularExpressions;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Docs;

/// <summary>
/// Runs every command block of docs/tutorial.md in one shell, in a folder and a network of its own, and compares what each block
/// prints with the block of text after it.
/// </summary>
public sealed partial class TutorialTests : IDisposable
{
    // The blocks that install, build and open the shell. The test does the same in its own way.
    private const int SetupBlocks = 3;

    private static readonly string[] BuiltPrograms = ["risotto", "pesto", "saimiris-gateway", "replay", "Prober"];

    // Nothing in the tutorial takes longer than some seconds.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tutorial-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Every_block_prints_what_the_page_shows()
    {
        Programs.Need("unshare", "ip", "bash", "gobgpd", "pmacctd", "tcpdump", "kcat", "capnp", "jq", "curl");
        if (!Environment.IsPrivilegedProcess)
            Assert.Skip("a network of its own needs root");
        string page = await File.ReadAllTextAsync(Path.Combine(RepositoryFolder.Root, "docs", "tutorial.md"), Cancel);
        var fences = Fence().Matches(page).Select(fence => (Info: fence.Groups["info"].Value, Text: fence.Groups["text"].Value)).ToList();
        Assert.Equal(SetupBlocks, fences.Count(fence => fence.Info == "bash setup"));
        Assert.Empty(fences.Select(fence => fence.Info).Except(["bash setup", "bash", "text"]));
        var steps = Steps(fences);
        var printed = await RunAsync([.. steps.Select(step => step.Commands)]);
        for (int i = 0; i < steps.Count; i++)
        {
            var (commands, expected) = steps[i];
            Assert.True(Matches(expected, printed[i]), $"{commands}\nprinted\n{printed[i]}\nand not\n{expected}");
        }
        Assert.Equal(["out", "schemas"], _folder.EnumerateFileSystemInfos().Select(left => left.Name).Order(StringComparer.Ordinal));
    }

    private static List<(string Commands, string Expected)> Steps(List<(string Info, string Text)> fences)
    {
        var steps = new List<(string Commands, string Expected)>();
        foreach (var (info, text) in fences.Where(fence => fence.Info != "bash setup"))
        {
            if (info == "bash")
                steps.Add((text, ""));
            else
                steps[^1] = (steps[^1].Commands, text);
        }
        return steps;
    }

    // "..." in the page replaces text that differs from run to run.
    private static bool Matches(string expected, string printed) =>
        Regex.IsMatch(printed.Trim(), $"^{Regex.Escape(expected.Trim()).Replace(@"\.\.\.", ".*", StringComparison.Ordinal)}$");

    private async Task<string[]> RunAsync(string[] blocks)
    {
        string programs = _folder.CreateSubdirectory("out").FullName;
        foreach (string program in BuiltPrograms)
            File.CreateSymbolicLink(Path.Combine(programs, program), Path.Combine(AppContext.BaseDirectory, program));
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "schemas"), Path.Combine(RepositoryFolder.Root, "schemas"));

        const string mark = "--- end of a block ---";
        string script = "exec 2>&1\nip link set lo up\nip address add 192.0.2.1/32 dev lo\n"
            + string.Concat(blocks.Select(block => $"{block}\necho '{mark}'\n"));
        using var shell = Process.Start(new ProcessStartInfo("unshare", ["--net", "--pid", "--fork", "--kill-child", "bash", "-c", script])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
        })!;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        timeout.CancelAfter(Limit);
        try
        {
            // The programs of the tutorial write to files of their own, so the output ends with the shell.
            string[] printed = (await shell.StandardOutput.ReadToEndAsync(timeout.Token)).Split(mark + "\n");
            if (printed.Length <= blocks.Length)
                Assert.Fail($"The shell ended in\n{blocks[printed.Length - 1]}\nafter printing\n{printed[^1]}");
            return printed;
        }
        finally
        {
            // Everything that the shell has started ends with the namespace of its processes.
            if (!shell.HasExited)
                shell.Kill();
        }
    }

    [GeneratedRegex(@"^```(?<info>[^\n]+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
