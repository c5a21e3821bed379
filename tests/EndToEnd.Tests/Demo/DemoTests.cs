using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Demo;
using Pesto;
using Risotto;

namespace EndToEnd.Tests.Demo;

public sealed partial class DemoTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Once_it_plays_every_capture_and_all_records_come_back_from_the_topics()
    {
        var (exitCode, lines, errors) = await RunAsync("--once", "--bmp-address", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0",
            "--sflow-address", "127.0.0.1:0", "--pesto-metrics-address", "127.0.0.1:0");

        Assert.Equal("", errors);
        Assert.Equal(0, exitCode);
        var summary = Summary().Match(lines[^1]);
        Assert.True(summary.Success, lines[^1]);
        long expected = BundledCapture.Find(BundledCapture.Bmp)
            .Sum(capture => ExpectedRecords.Count(capture, new RisottoOptions(), PlaySpeed.Max)["risotto-updates"]);
        Assert.True(expected > 0);
        Assert.Equal($"{expected}", summary.Groups[1].Value);
        Assert.Equal(396 + 76 + 88 + 296, int.Parse(summary.Groups[3].Value, System.Globalization.CultureInfo.InvariantCulture));
        foreach (var capture in BundledCapture.Find(BundledCapture.Bmp))
            Assert.Contains(lines, line => line.StartsWith($"{capture.Name}: played, risotto-updates ", StringComparison.Ordinal));
        long flows = 0;
        foreach (var capture in BundledCapture.Find(BundledCapture.SFlow))
        {
            long records = ExpectedFlows.Count(capture, new PestoOptions());
            Assert.True(records > 0, capture.Name);
            Assert.Contains($"{capture.Name}: played, pesto-sflow {records} of {records}", lines);
            flows += records;
        }
        Assert.Equal($"{flows}", summary.Groups[2].Value);
    }

    [Fact]
    public async Task An_address_that_was_asked_for_and_is_taken_ends_it_with_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var (exitCode, _, errors) = await RunAsync("--once", "--bmp-address", $"{taken.LocalEndpoint}", "--metrics-address", "127.0.0.1:0",
            "--sflow-address", "127.0.0.1:0", "--pesto-metrics-address", "127.0.0.1:0");

        Assert.Equal(1, exitCode);
        Assert.StartsWith("demo: --bmp-address: cannot listen on ", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void Records_that_did_not_come_back_are_named_by_capture_and_topic()
    {
        var options = new RisottoOptions();
        var capture = BundledCapture.Find(BundledCapture.Bmp)[0];
        var expected = ExpectedRecords.Count(capture, options, PlaySpeed.Max);
        var play = new CapturePlay(capture, expected);

        string line = Assert.Single(play.Differences(new ReceivedRecords(options)));

        long count = expected["risotto-updates"];
        Assert.Equal($"{capture.Name}: risotto-updates has 0 of {count} records, {count} are missing", line);
    }

    private static async Task<(int ExitCode, string[] Lines, string Errors)> RunAsync(params string[] args)
    {
        var folder = Directory.CreateTempSubdirectory("demo-");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Demo.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // The folder is not the repository: the demo has to find its captures from anywhere.
            WorkingDirectory = folder.FullName,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Bound, TestContext.Current.CancellationToken);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            folder.Delete(recursive: true);
        }
        return (process.ExitCode, (await output).TrimEnd('\n').Split('\n'), await errors);
    }

    [GeneratedRegex(@"^demo: bmp_updates=(\d+) flows=(\d+) replies=(\d+) ok$")]
    private static partial Regex Summary();
}
