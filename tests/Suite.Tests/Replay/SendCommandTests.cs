using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Replay.Send;
using Suite.Tests.Golden;

namespace Suite.Tests.Replay;

public sealed class SendCommandTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public SendCommandTests() => _listener.Start();

    private string Target => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData("gobgp")]
    [InlineData("bird")]
    public async Task Every_captured_stream_comes_over_a_connection_of_its_own(string name)
    {
        var received = ReceiveAsync(2);
        var run = await ReplayRun.RunAsync("send", ReplayRun.Capture(name), "--to", Target, "--speed", "max");
        var expected = DecodeCommandTests.Streams(ReplayRun.Capture(name)).Select(s => s.Bytes).ToList();
        Assert.Equal(expected.Order(ByLength), (await received.WaitAsync(Patience, TestContext.Current.CancellationToken)).Order(ByLength));
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith($"replay: sent {expected.Sum(s => s.Length)} bytes of 2 BMP streams to {Target} in ", run.ErrorLines.Single(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_raw_stream_is_sent_as_often_as_asked()
    {
        byte[] bytes = DecodeCommandTests.Streams(ReplayRun.Capture("frr"))[0].Bytes;
        string path = Path.GetTempFileName();
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        var received = ReceiveAsync(3);
        var run = await ReplayRun.RunAsync("send", path, "--raw", "--to", Target, "--loop", "3");
        Assert.Equal([bytes, bytes, bytes], await received.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Equal(0, run.ExitCode);
        File.Delete(path);
    }

    [Fact]
    public async Task The_captured_pacing_is_kept()
    {
        var time = new FakeTimeProvider();
        var options = new SendOptions
        {
            File = ReplayRun.Capture("gobgp"),
            Host = "127.0.0.1",
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
            Speed = 4,
        };
        var received = ReceiveAsync(2);
        var start = time.GetUtcNow();
        var sending = Task.Run(() => new CaptureSender(options, time, _ => { }).RunAsync(TestContext.Current.CancellationToken));
        var patience = Task.Delay(Patience, TestContext.Current.CancellationToken);
        while (!sending.IsCompleted && !patience.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
        Assert.Equal(0, (await sending.WaitAsync(Patience, TestContext.Current.CancellationToken)).ExitCode);
        await received.WaitAsync(Patience, TestContext.Current.CancellationToken);
        // The capture's first and last BMP bytes are about a minute apart.
        Assert.InRange((time.GetUtcNow() - start).TotalSeconds, CapturedSeconds(options.File) / 4 - 0.1, double.MaxValue);
    }

    [Fact]
    public async Task A_refused_connection_is_one_clear_line_and_exit_code_1()
    {
        string target = Target;
        _listener.Stop();
        var run = await ReplayRun.RunAsync("send", ReplayRun.Capture("bird"), "--to", target);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal($"replay: cannot connect to {target}: Connection refused (is the service running there?)", run.ErrorLines[0]);
        Assert.Equal(2, run.ErrorLines.Count);
    }

    [Fact]
    public async Task A_service_that_closes_a_connection_is_reported_and_the_other_streams_continue()
    {
        var first = DropFirstAsync();
        var run = await ReplayRun.RunAsync("send", ReplayRun.Capture("bird"), "--to", Target, "--speed", "max");
        byte[] other = await first.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Contains(other, DecodeCommandTests.Streams(ReplayRun.Capture("bird")).Select(s => s.Bytes));
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"replay: lost the connection to {Target}: ", run.ErrorLines[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "Option '--to' is required", "x")]
    [InlineData(2, "--to 1.2.3.4: must be HOST:PORT", "x", "--to", "1.2.3.4")]
    [InlineData(2, "--to ::1:4000: must be HOST:PORT", "x", "--to", "::1:4000")]
    [InlineData(2, "--to h:65536: must be HOST:PORT", "x", "--to", "h:65536")]
    [InlineData(2, "--speed 0: must be a positive number or max", "x", "--to", "h:1", "--speed", "0")]
    [InlineData(2, "--loop 0: must be at least 1", "x", "--to", "h:1", "--loop", "0")]
    [InlineData(2, "nowhere.pcap: there is no such file", "nowhere.pcap", "--to", "[::1]:4000")]
    public async Task A_wrong_argument_gives_one_clear_line(int exitCode, string message, params string[] args)
    {
        var run = await ReplayRun.RunAsync(["send", .. args]);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.StartsWith("replay: " + message, run.ErrorLines[0], StringComparison.Ordinal);
    }

    private static readonly Comparer<byte[]> ByLength = Comparer<byte[]>.Create((a, b) => a.Length.CompareTo(b.Length));

    private static double CapturedSeconds(string path)
    {
        using var reader = Captures.Pcap.PcapReader.Open(path);
        ulong first = 0, last = 0;
        foreach (var chunk in CapturedStreams.Read(reader).Where(c => c.Flow.DestinationPort == 11019))
            (first, last) = (first == 0 ? chunk.TimeNs : first, chunk.TimeNs);
        Assert.InRange(last - first, 10_000_000_000ul, ulong.MaxValue);
        return (last - first) / 1e9;
    }

    private async Task<List<byte[]>> ReceiveAsync(int connections)
    {
        var reading = new List<Task<byte[]>>();
        for (int i = 0; i < connections; i++)
            reading.Add(ReadToEndAsync(await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken)));
        return [.. await Task.WhenAll(reading)];
    }

    private async Task<byte[]> DropFirstAsync()
    {
        using (var first = await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            await first.GetStream().ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
            // Resets the connection at once, because a plain close of the stream sends a FIN first.
            first.LingerState = new LingerOption(enable: true, 0);
            first.Client.Dispose();
        }
        return await ReadToEndAsync(await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<byte[]> ReadToEndAsync(TcpClient client)
    {
        using (client)
        {
            using var bytes = new MemoryStream();
            await client.GetStream().CopyToAsync(bytes, TestContext.Current.CancellationToken);
            return bytes.ToArray();
        }
    }
}
