using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Load.Send;
using Suite.Tests.Records;

namespace EndToEnd.Tests;

/// <summary>Tests what only the process shows: exit codes, stdout and stderr, signals.</summary>
public sealed class PestoProcessTests
{
    [Theory]
    [InlineData("--bogus", "--bogus")]
    [InlineData("--sflow-sockets none", "--sflow-sockets")]
    [InlineData("--allow everyone", "--allow")]
    [InlineData("--kafka-auth-protocol TLS", "--kafka-auth-protocol")]
    public async Task A_bad_flag_is_one_line_on_stderr_and_exit_2(string args, string named)
    {
        await using var pesto = PestoProcess.Run(args.Split(' '));
        Assert.Equal(2, await pesto.WaitForExitAsync());
        Assert.Contains(named, Assert.Single(pesto.Errors), StringComparison.Ordinal);
        Assert.Empty(pesto.Output);
    }

    [Theory]
    [InlineData("--version", @"^pesto \d+\.\d+\.\d+$")]
    [InlineData("--help", "--sflow-receive-buffer-bytes")]
    [InlineData("--check-config", "--kafka-topic pesto-sflow")]
    public async Task Version_help_and_a_sound_configuration_go_to_stdout_and_exit_0(string args, string line)
    {
        await using var pesto = PestoProcess.Run(args);
        Assert.Equal(0, await pesto.WaitForExitAsync());
        Assert.Contains(pesto.Output, text => Regex.IsMatch(text, line));
        Assert.Empty(pesto.Errors);
    }

    [Fact]
    public async Task A_port_in_use_is_one_line_on_stderr_and_exit_1()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var pesto = PestoProcess.Run("--sflow-address", $"{taken.LocalEndPoint}", "--metrics-address", "127.0.0.1:0",
            "--kafka-disable");
        Assert.Equal(1, await pesto.WaitForExitAsync());
        Assert.StartsWith($"pesto: --sflow-address: cannot listen on {taken.LocalEndPoint}", Assert.Single(pesto.Errors),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_receive_buffer_that_the_kernel_gives_is_logged_and_in_a_metric()
    {
        await using var pesto = await PestoProcess.StartAsync("--kafka-disable", "--sflow-receive-buffer-bytes", "100000",
            "--sflow-sockets", "2");
        Assert.Single(pesto.Output, line => line.Contains("2 sockets, each with a receive buffer of 100000 bytes",
            StringComparison.Ordinal));
        using var client = new HttpClient();
        var page = await MetricsPage.GetAsync(client, pesto.Metrics, TestContext.Current.CancellationToken);
        Assert.Equal(200_000, page["pesto_socket_receive_buffer_bytes"]);
    }

    [Fact]
    public async Task SIGTERM_writes_what_was_received_within_10_s()
    {
        const int datagrams = 200;
        string directory = Directory.CreateTempSubdirectory("pesto-drain-").FullName;
        try
        {
            await using var pesto = await PestoProcess.StartAsync("--kafka-disable", "--output-dir", directory, "--kafka-batch-wait-time",
                "3600000");
            using (var exporter = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp))
            {
                exporter.Connect(pesto.SFlow);
                for (uint i = 0; i < datagrams; i++)
                    exporter.Send(SFlowSender.Datagram(i));
            }
            // The test waits for nothing: the process still reads the datagrams that the kernel has taken.
            var (exitCode, took) = await pesto.TerminateAsync();
            Assert.Equal(0, exitCode);
            Assert.InRange(took, TimeSpan.Zero, ServiceProcess.LongestEnd);
            byte[] written = [.. Directory.EnumerateFiles(directory, "*.capnp", SearchOption.AllDirectories).SelectMany(File.ReadAllBytes)];
            var records = await CapnpTool.ReadAsync(written, RepositoryFolder.Schema("sflow"), "SFlowFlowRecord",
                TestContext.Current.CancellationToken);
            Assert.Equal(datagrams * SFlowSender.SamplesPerDatagram, records.Count);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
