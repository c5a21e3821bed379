using System.Net;
using System.Net.Sockets;

namespace Suite.Tests.Replay;

public sealed class SendSFlowTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Socket _receiver = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
    private readonly string _capture = Path.Combine(Path.GetTempPath(), $"sflow-{Guid.NewGuid():N}.pcap");

    public SendSFlowTests()
    {
        _receiver.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        _receiver.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
    }

    private string Target => $"[::1]:{((IPEndPoint)_receiver.LocalEndPoint!).Port}";

    public void Dispose()
    {
        _receiver.Dispose();
        File.Delete(_capture);
    }

    [Fact]
    public async Task Every_datagram_comes_in_order_and_each_exporter_keeps_a_socket_of_its_own()
    {
        byte[][] sent = [Write(0, 1), Write(1, 2), Write(2, 1), Write(3, 2)];
        var run = await ReplayRun.RunAsync("send", _capture, "--to", Target, "--speed", "max", "--loop", "2");
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith($"replay: sent 8 sFlow datagrams with {2 * sent.Sum(bytes => bytes.Length)} bytes of 2 exporters to {Target} in ",
            run.ErrorLines.Single(), StringComparison.Ordinal);
        var ports = new List<int>();
        foreach (byte[] expected in sent.Concat(sent))
        {
            var buffer = new byte[2000];
            EndPoint from = new IPEndPoint(IPAddress.IPv6Any, 0);
            int length = _receiver.ReceiveFrom(buffer, ref from);
            Assert.Equal(expected, buffer[..length]);
            ports.Add(((IPEndPoint)from).Port);
        }
        Assert.Equal(2, ports.Distinct().Count());
        Assert.Equal([ports[0], ports[1], ports[0], ports[1], ports[0], ports[1], ports[0], ports[1]], ports);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_one_clear_line_and_exit_code_1()
    {
        Write(0, 1);
        string target = Target;
        _receiver.Dispose();
        var run = await ReplayRun.RunAsync("send", _capture, "--to", target, "--speed", "max");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal($"replay: cannot send to {target}: Connection refused (is the service running there?)", run.ErrorLines[0]);
    }

    [Fact]
    public async Task A_capture_of_the_other_service_is_named_as_such()
    {
        var bmp = await ReplayRun.RunAsync("send", ReplayRun.Capture("bird"), "--service", "pesto", "--to", Target, "--speed", "max");
        Assert.Equal((2, "holds no sFlow datagram"), (bmp.ExitCode, bmp.ErrorLines[0].Split(": ")[^1]));
        Write(0, 1);
        var sFlow = await ReplayRun.RunAsync("send", _capture, "--service", "risotto", "--to", Target, "--speed", "max");
        Assert.Equal((2, "holds no BMP stream; its 1 sFlow datagrams are sent with --service pesto"),
            (sFlow.ExitCode, sFlow.ErrorLines[0].Split(": ")[^1]));
    }

    [Fact]
    public async Task A_datagram_that_the_capture_cut_is_reported_and_not_sent()
    {
        byte[] whole = Write(0, 1);
        Write(1, 1, captured: 60);
        var run = await ReplayRun.RunAsync("send", _capture, "--to", Target, "--speed", "max");
        Assert.Equal("replay: 1 datagrams are not whole in the capture and were not sent", run.ErrorLines[0]);
        Assert.StartsWith($"replay: sent 1 sFlow datagrams with {whole.Length} bytes", run.ErrorLines[1], StringComparison.Ordinal);
    }

    // pcap, raw IPv6 (link type 101): version 5, agent address IPv4, and a body that contains the number. Returns the datagram.
    private byte[] Write(int number, byte exporter, int captured = int.MaxValue)
    {
        byte[] body = [0, 0, 0, 5, 0, 0, 0, 1, 192, 0, 2, exporter, 0, 0, 0, 0, 0, 0, 0, (byte)number, 0, 0, 0, 0, 0, 0, 0, 0];
        int length = body.Length + 8;
        byte[] packet =
        [
            0x60, 0, 0, 0, 0, (byte)length, 17, 64,
            .. IPAddress.Parse($"2001:db8::{exporter}").GetAddressBytes(), .. IPAddress.Parse("2001:db8::9").GetAddressBytes(),
            0xC0, exporter, 0x18, 0xC7, 0, (byte)length, 0, 0, .. body,
        ];
        using var file = new FileStream(_capture, FileMode.Append);
        using var writer = new BinaryWriter(file);
        if (file.Length == 0)
            writer.Write([0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0]);
        foreach (int value in (int[])[1_700_000_000, number, Math.Min(packet.Length, captured), packet.Length])
            writer.Write(value);
        writer.Write(packet.AsSpan(0, Math.Min(packet.Length, captured)));
        return body;
    }
}
