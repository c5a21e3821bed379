using System.Net;
using System.Net.Sockets;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Listen;

/// <summary>
/// Tests routers that connect through HAProxy: they keep their own addresses, and their records are those of a direct connection.
/// </summary>
public sealed class HaProxyTests : IDisposable
{
    private static readonly string[] ProxyFlags = ["--bmp-proxy-from", "127.0.0.1"];

    private readonly Certificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("127.0.0.7", "127.0.0.1")]
    [InlineData("::1", "::1")]
    public async Task A_router_that_connects_through_the_proxy_keeps_its_address_and_port(string router, string front)
    {
        Programs.Need("capnp");
        NeedHaProxy();
        var cancel = TestContext.Current.CancellationToken;
        // The proxy's own address is not allowed, and need not be. HAProxy checks five times a second that the port is open.
        await using var run = await FileOutputRun.StartAsync([.. ProxyFlags, "--allow", router]);
        await using var proxy = await HaProxy.StartAsync(
            _certificates.Folder, "", $"{run.Bmp} send-proxy-v2 proxy-v2-options crc32c,unique-id check inter 200ms", cancel);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        socket.Bind(new IPEndPoint(IPAddress.Parse(router), 0));
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(front), proxy.Port), cancel);
        int port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        var plain = await FileOutputRun.PlainAsync();
        await socket.SendAsync(FileOutputRun.Stream, cancel);
        await run.UntilRecordsAsync(plain.Count);
        Assert.All(await run.MetricsAsync("risotto_tx_updates_total"), line =>
            Assert.Contains($"router=\"{router}\"", line, StringComparison.Ordinal));

        var records = await run.EndAsync();
        Assert.Equal(plain, FileOutputRun.Text(records));
        Assert.All(
            records, r => Assert.Equal((router, port), (FileOutputRun.Router(r).ToString(), r.GetProperty("routerPort").GetInt32())));
        IsQuiet(run);
    }

    [Fact]
    public async Task The_proxy_may_end_TLS_and_say_so_in_its_header()
    {
        await MakeAsync();
        await using var run = await FileOutputRun.StartAsync(ProxyFlags);
        await using var proxy = await HaProxy.StartAsync(
            _certificates.Folder, $" ssl crt {_certificates.FileOf("both.pem")} ca-file {_certificates.FileOf("ca.pem")} verify required",
            $"{run.Bmp} send-proxy-v2-ssl-cn proxy-v2-options crc32c,ssl,cert-cn,cert-sig,ssl-cipher,authority",
                TestContext.Current.CancellationToken);
        await RecordsAreThoseOfPlainAsync(run, proxy);
    }

    [Fact]
    public async Task The_proxy_may_speak_TLS_to_the_collector_and_show_a_certificate()
    {
        await MakeAsync();
        await using var run = await FileOutputRun.StartAsync([.. ProxyFlags, .. _certificates.ServerFlags, "--bmp-tls-client-ca",
            _certificates.FileOf("ca.pem")]);
        await using var proxy = await HaProxy.StartAsync(
            _certificates.Folder, $" ssl crt {_certificates.FileOf("both.pem")}",
            $"{run.Bmp} send-proxy-v2 ssl verify required ca-file {_certificates.FileOf("ca.pem")} crt {_certificates.FileOf("both.pem")} "
                + $"check check-ssl check-send-proxy inter 200ms",
            TestContext.Current.CancellationToken);
        await RecordsAreThoseOfPlainAsync(run, proxy);
        IsQuiet(run);
    }

    [Fact]
    public async Task A_proxy_that_passes_TLS_on_unopened_is_the_same()
    {
        await MakeAsync();
        await using var run = await FileOutputRun.StartAsync([.. ProxyFlags, .. _certificates.ServerFlags]);
        await using var proxy = await HaProxy.StartAsync(_certificates.Folder, "", $"{run.Bmp} send-proxy-v2",
            TestContext.Current.CancellationToken);
        await RecordsAreThoseOfPlainAsync(run, proxy);
    }

    [Fact]
    public async Task A_proxy_that_sends_no_header_of_version_2_is_refused()
    {
        NeedHaProxy();
        var cancel = TestContext.Current.CancellationToken;
        await using var run = await FileOutputRun.StartAsync(ProxyFlags);
        foreach (string option in new[] { "", " send-proxy" })
        {
            await using var proxy = await HaProxy.StartAsync(_certificates.Folder, "", $"{run.Bmp}{option}", cancel);
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, proxy.Port, cancel);
            await client.GetStream().WriteAsync(FileOutputRun.Stream.AsMemory(0, 6), cancel);
            await run.UntilAsync($"risotto_refused_total{{reason=\"proxy_header_missing\"}} {(option.Length == 0 ? 1 : 2)}");
        }
        Assert.Equal(2,
            run.Lines.Count(line => line.Contains("does not begin with a PROXY header of version 2", StringComparison.Ordinal)));
    }

    private async Task RecordsAreThoseOfPlainAsync(FileOutputRun run, HaProxy proxy)
    {
        var plain = await FileOutputRun.PlainAsync();
        await using var router = new OpenSslClient(new IPEndPoint(IPAddress.IPv6Loopback, proxy.Port),
            "-CAfile", _certificates.FileOf("ca.pem"), "-verify_return_error", "-cert", _certificates.FileOf("server.pem"), "-key",
                _certificates.FileOf("server.key"));
        await router.SendAsync(FileOutputRun.Stream);
        await run.UntilRecordsAsync(plain.Count);
        var records = await run.EndAsync();
        Assert.Equal(plain, FileOutputRun.Text(records));
        Assert.All(records, r => Assert.Equal("::1", FileOutputRun.Router(r).ToString()));
    }

    private static void IsQuiet(FileOutputRun run)
    {
        string[] lines = [.. run.Lines.Where(line => !line.Contains(" INFO ", StringComparison.Ordinal))];
        Assert.True(lines.Length == 0, string.Join('\n', lines));
    }

    private async Task MakeAsync()
    {
        Programs.Need("openssl", "capnp");
        NeedHaProxy();
        await _certificates.AuthorityAsync("ca");
        await _certificates.SignAsync("ca", "server", "collector.example.net");
        // HAProxy takes certificate and key from one file.
        await File.WriteAllTextAsync(_certificates.FileOf("both.pem"),
            await File.ReadAllTextAsync(_certificates.FileOf("server.pem"))
                + await File.ReadAllTextAsync(_certificates.FileOf("server.key")));
    }

    // The program is in a folder for administrators, which is not in every user's path.
    private static void NeedHaProxy()
    {
        if (!File.Exists("/usr/sbin/haproxy"))
            Programs.Need("haproxy");
    }
}
