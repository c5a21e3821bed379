using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Suite.Tests.Records;

namespace EndToEnd.Tests;

/// <summary>Tests what only the process shows: exit codes, stdout and stderr, signals.</summary>
public sealed class RisottoProcessTests
{
    [Theory]
    [InlineData("--bogus", "--bogus")]
    [InlineData("--bmp-max-sessions many", "--bmp-max-sessions")]
    [InlineData("--kafka-brokers nowhere", "--kafka-brokers")]
    [InlineData("-v -q", "-q")]
    [InlineData("--check-config --kafka-shards 0", "--kafka-shards")]
    public async Task A_bad_flag_is_one_line_on_stderr_and_exit_2(string args, string named)
    {
        await using var risotto = RisottoProcess.Run(args.Split(' '));
        Assert.Equal(2, await risotto.WaitForExitAsync());
        Assert.Contains(named, Assert.Single(risotto.Errors), StringComparison.Ordinal);
        Assert.Empty(risotto.Output);
    }

    [Fact]
    public async Task Version_help_and_a_sound_configuration_go_to_stdout_and_exit_0()
    {
        foreach (var (args, line) in new[] { ("--version", @"^risotto \d+\.\d+\.\d+$"), ("--help", "--bmp-address"),
            ("--check-config", "--kafka-topic risotto-updates"), ("--check-config", "^memory of batches: at most 95040000 bytes") })
        {
            await using var risotto = RisottoProcess.Run(args);
            Assert.Equal(0, await risotto.WaitForExitAsync());
            Assert.Contains(risotto.Output, text => System.Text.RegularExpressions.Regex.IsMatch(text, line));
            Assert.Empty(risotto.Errors);
        }
    }

    [Theory]
    [InlineData("--bmp-address")]
    [InlineData("--metrics-address")]
    public async Task A_port_in_use_is_one_line_on_stderr_and_exit_1(string flag)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string other = flag == "--bmp-address" ? "--metrics-address" : "--bmp-address";
        await using var risotto = RisottoProcess.Run(flag, taken.LocalEndpoint.ToString()!, other, "127.0.0.1:0", "--kafka-disable");
        Assert.Equal(1, await risotto.WaitForExitAsync());
        Assert.StartsWith($"risotto: {flag}: cannot listen on {taken.LocalEndpoint}", Assert.Single(risotto.Errors),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_broker_leaves_it_running_and_not_ready()
    {
        await using var risotto = await RisottoProcess.StartAsync("--kafka-brokers", $"127.0.0.1:{FreePorts.Next()}");
        using var client = new HttpClient { BaseAddress = new Uri($"http://{risotto.Metrics}") };
        using var ready = await client.GetAsync(new Uri("/readyz", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("Kafka", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var live = await client.GetAsync(new Uri("/livez", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        var (exitCode, took) = await risotto.TerminateAsync();
        Assert.Equal(0, exitCode);
        Assert.InRange(took, TimeSpan.Zero, ServiceProcess.LongestEnd);
    }

    [Fact]
    public async Task SIGTERM_drains_what_was_read_within_10_s_while_the_router_stays_connected()
    {
        string directory = Directory.CreateTempSubdirectory("risotto-drain-").FullName;
        try
        {
            await using var risotto = await RisottoProcess.StartAsync(
                "--kafka-disable", "--output-dir", directory, "--peers-enable", "--kafka-batch-wait-time", "3600000", "--log-format",
                    "json");
            using var router = new TcpClient();
            await router.ConnectAsync(risotto.Bmp, TestContext.Current.CancellationToken);
            await router.GetStream().WriteAsync(Initiation("drained"), TestContext.Current.CancellationToken);
            await UntilMetricAsync(risotto, "risotto_bmp_messages_total{router=\"127.0.0.1\",type=\"initiation\"} 1");
            var (exitCode, took) = await risotto.TerminateAsync();
            Assert.Equal(0, exitCode);
            Assert.InRange(took, TimeSpan.Zero, ServiceProcess.LongestEnd);
            Assert.Empty(risotto.Errors);
            byte[] written = Directory.EnumerateFiles(directory, "*.capnp", SearchOption.AllDirectories).SelectMany(File.ReadAllBytes)
                .ToArray();
            Assert.True(written.AsSpan().IndexOf("drained"u8) > 0);
            foreach (string line in risotto.Output)
            {
                using var json = JsonDocument.Parse(line);
                Assert.Equal("INFO", json.RootElement.GetProperty("level").GetString());
                Assert.True(json.RootElement.TryGetProperty("@m", out _));
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Records_that_were_written_before_a_kill_are_in_a_file_after_the_next_start()
    {
        string directory = Directory.CreateTempSubdirectory("risotto-kill-").FullName;
        string[] args = ["--kafka-disable", "--output-dir", directory, "--peers-enable", "--kafka-batch-wait-time", "0",
            "--kafka-batch-wait-interval", "1"];
        try
        {
            await using (var risotto = await RisottoProcess.StartAsync(args))
            {
                await using var second = RisottoProcess.Run(["--bmp-address", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0", .. args]);
                Assert.Equal(1, await second.WaitForExitAsync());
                Assert.StartsWith($"risotto: --output-dir: {directory} cannot be used", Assert.Single(second.Errors),
                    StringComparison.Ordinal);

                using var router = new TcpClient();
                await router.ConnectAsync(risotto.Bmp, TestContext.Current.CancellationToken);
                await router.GetStream().WriteAsync(Initiation("killed"), TestContext.Current.CancellationToken);
                await UntilMetricAsync(risotto, "risotto_records_acked_total{topic=\"risotto-peers\"} 2");
                await risotto.KillAsync();
            }
            string part = Assert.Single(Directory.GetFiles(Path.Combine(directory, "risotto-peers")));
            Assert.EndsWith(".part", part, StringComparison.Ordinal);
            // The file is as if the kill had come in the middle of a write.
            byte[] whole = await File.ReadAllBytesAsync(part, TestContext.Current.CancellationToken);
            await File.AppendAllBytesAsync(part, whole.AsMemory(0, 20), TestContext.Current.CancellationToken);

            await using (var risotto = await RisottoProcess.StartAsync(args))
            {
                Assert.Single(risotto.Output, line => line.Contains("2 records", StringComparison.Ordinal));
                Assert.Single(risotto.Output, line => line.Contains(".damaged holds 20 bytes", StringComparison.Ordinal));
                Assert.Equal(0, (await risotto.TerminateAsync()).ExitCode);
            }
            byte[] finished = await File.ReadAllBytesAsync(part[..^".part".Length], TestContext.Current.CancellationToken);
            string events = await CapnpTool.DecodeAsync(finished, RepositoryFolder.Schema("peer"), "PeerEvent",
                TestContext.Current.CancellationToken);
            Assert.Equal(2, events.TrimEnd().Split('\n').Length);
            Assert.Contains("killed", events, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Text_lines_begin_with_microseconds_in_UTC_and_a_level_of_five()
    {
        await using var risotto = await RisottoProcess.StartAsync("--kafka-disable");
        Assert.Equal(0, (await risotto.TerminateAsync()).ExitCode);
        Assert.All(risotto.Output, line => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z ( INFO| WARN) \w+: ", line));
    }

    private static async Task UntilMetricAsync(RisottoProcess risotto, string line)
    {
        using var client = new HttpClient();
        using var patience = new CancellationTokenSource(RisottoProcess.Patience);
        while (!(await client.GetStringAsync(new Uri($"http://{risotto.Metrics}/metrics"), patience.Token)).Split('\n').Contains(line))
            patience.Token.ThrowIfCancellationRequested();
    }

    // RFC 7854 4.3 with the sysName TLV.
    private static byte[] Initiation(string name)
    {
        byte[] message = [3, 0, 0, 0, 0, 4, 0, 2, 0, (byte)name.Length, .. System.Text.Encoding.ASCII.GetBytes(name)];
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), message.Length);
        return message;
    }
}
