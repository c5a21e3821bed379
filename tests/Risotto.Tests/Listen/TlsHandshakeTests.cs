using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Risotto.Listen;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;
using Shared.Hosting.Tls;
using Shared.Records.Batch;

namespace Risotto.Tests.Listen;

/// <summary>Routers over TLS, and what is not let in there. Clients of other implementations are in EndToEnd.Tests.</summary>
public sealed class TlsHandshakeTests : IDisposable
{
    private static readonly byte[] Stream = new BmpStream().Initiation().PeerUp("192.0.2.9").Announce("192.0.2.9", 1, 1)
        .Announce("192.0.2.9", 1, 2).Bytes;

    private readonly TestAuthority _authority = new();

    public TlsHandshakeTests() => _authority.WriteServer();

    private RisottoOptions Options => Collector.LoopbackOptions.Listening(listen => listen with { Tls = Files });

    private TlsOptions Files => new("--bmp-tls", _authority.CertificateFile, _authority.KeyFile, ClientCa: null);

    private RisottoOptions MutualOptions =>
        Options.Listening(listen => listen with { Tls = Files with { ClientCa = _authority.RootFile } });

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Records_are_those_of_the_stream_and_the_certificates_between_are_sent(SslProtocols version)
    {
        await using var collector = await Collector.StartAsync(Options);
        var table = new BmpStream().Initiation().PeerUp("192.0.2.9");
        for (int i = 0; i < 20_000; i++)
            table.Announce("192.0.2.9", (byte)(i >> 8), (byte)i);
        await using var router = new TlsRouter(collector, _authority) { Version = version };
        await router.ConnectAsync();
        int port = router.Port;
        await router.SendAsync(table.Bytes);
        await router.EndAsync();
        await collector.Service.StopAsync();
        Assert.True(collector.Expect(table.Bytes, port).AsSpan().SequenceEqual(Written(collector)));
        Assert.Equal(["risotto_session_closed_total{reason=\"router_closed\"} 1"],
            await collector.MetricsAsync("risotto_session_closed_total{"));
        Assert.Empty(collector.Log.Warnings);
    }

    [Fact]
    public async Task Being_woken_within_a_TLS_record_loses_nothing()
    {
        await using var collector = await Collector.StartAsync(Options.Listening(listen => listen with { MessageTimeout = TimeSpan.Zero }));
        // Peers that never came up: their messages wait for a decision, and the session is woken each second.
        var stream = new BmpStream().Initiation();
        for (int i = 0; i < 1000; i++)
            stream.Announce($"10.1.{i >> 8}.{i & 255}", (byte)(i >> 8), (byte)i);
        var perPiece = TimeSpan.Zero;
        await using var router = new TlsRouter(collector, _authority)
        {
            Transport = socket => new PiecewiseStream(socket, 500, () => collector.Time.Advance(perPiece)),
        };
        await router.ConnectAsync();
        await Collector.UntilAsync(async () => (await collector.MetricsAsync("risotto_sessions")).SequenceEqual(["risotto_sessions 1"]));
        perPiece = TimeSpan.FromSeconds(1);
        await router.SendAsync(stream.Bytes);
        await router.EndAsync();
        await collector.Service.StopAsync();
        Assert.Equal(["risotto_session_closed_total{reason=\"router_closed\"} 1"],
            await collector.MetricsAsync("risotto_session_closed_total{"));
        Assert.Equal(1000, ((MemorySink)collector.Sink).Batches.Sum(batch => batch.Records));
        Assert.Equal(["risotto_messages_held_total 1000"], await collector.MetricsAsync("risotto_messages_held_total"));
    }

    [Fact]
    public async Task With_client_authorities_only_their_routers_come_in()
    {
        using var strangers = new TestAuthority("Stranger");
        await using var collector = await Collector.StartAsync(MutualOptions);
        SslStreamCertificateContext?[] wrong =
        [
            null,
            strangers.ChainOf(strangers.Sign("CN=r1", TestAuthority.ClientAuthentication)),
            _authority.ChainOf(_authority.Sign("CN=r1", TestAuthority.ClientAuthentication, DateTimeOffset.UtcNow.AddDays(-1))),
            _authority.ChainOf(_authority.Sign("CN=r1", TestAuthority.ServerAuthentication)),
        ];
        foreach (var version in new[] { SslProtocols.Tls12, SslProtocols.Tls13 })
        {
            foreach (var certificate in wrong)
            {
                await using var other = new TlsRouter(collector, _authority) { Version = version, Certificate = certificate };
                Assert.True(await other.IsTurnedAwayAsync());
            }
            await using var router = new TlsRouter(collector, _authority)
            {
                Version = version,
                Certificate = _authority.ChainOf(_authority.Sign("CN=r1", TestAuthority.ClientAuthentication)),
            };
            await router.ConnectAsync();
            await router.SendAsync(Stream);
            await AwaitRecordsAsync(collector, 2);
            await router.EndAsync();
        }
        await ProxyProtocolTests.AwaitRefusedAsync(collector, "tls_client_certificate_missing 2", "tls_client_certificate_rejected 6");
        var lines = collector.Log.Warnings;
        Assert.Equal(8, lines.Count);
        Assert.Equal(2, lines.Count(line => line.EndsWith("--bmp-tls-client-ca (NotTimeValid)", StringComparison.Ordinal)));
        Assert.Equal(2, lines.Count(line => line.EndsWith("--bmp-tls-client-ca (NotValidForUsage)", StringComparison.Ordinal)));
        Assert.All(lines, line => Assert.StartsWith("127.0.0.1:", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_new_certificate_is_for_new_connections_and_a_broken_one_for_none()
    {
        await using var collector = await Collector.StartAsync(Options);
        await using var before = new TlsRouter(collector, _authority);
        await before.ConnectAsync();
        await before.SendAsync(Stream);
        await AwaitRecordsAsync(collector, 2);

        var renewed = _authority.WriteServer("CN=renewed", DateTimeOffset.UtcNow.AddDays(12));
        await using (var unnoticed = new TlsRouter(collector, _authority))
            Assert.Equal("CN=collector", (await unnoticed.ConnectAsync()).Subject);
        collector.Time.Advance(BmpListener.CertificatePeriod);
        await using (var after = new TlsRouter(collector, _authority))
            Assert.Equal("CN=renewed", (await after.ConnectAsync()).Subject);
        string expiry = $"risotto_tls_certificate_expiry_timestamp_seconds {new DateTimeOffset(renewed.NotAfter).ToUnixTimeSeconds()}";
        Assert.Equal([expiry], await collector.MetricsAsync("risotto_tls_certificate_expiry"));
        Assert.Empty(OfCertificate());

        foreach (
            Action breakIt in new Action[] { () => File.WriteAllText(_authority.KeyFile, "no key"), () =>
                File.Delete(_authority.CertificateFile) })
        {
            breakIt();
            int said = OfCertificate().Count;
            for (int i = 0; i < 3; i++)
                collector.Time.Advance(BmpListener.CertificatePeriod);
            Assert.Equal(said + 1, OfCertificate().Count);
            await using var after = new TlsRouter(collector, _authority);
            Assert.Equal("CN=renewed", (await after.ConnectAsync()).Subject);
        }
        Assert.Contains("--bmp-tls-key: ", OfCertificate()[0], StringComparison.Ordinal);
        Assert.Contains($"--bmp-tls-certificate: {_authority.CertificateFile} cannot be read", OfCertificate()[1],
            StringComparison.Ordinal);
        Assert.Equal([expiry], await collector.MetricsAsync("risotto_tls_certificate_expiry"));

        _authority.WriteServer("CN=mended");
        collector.Time.Advance(BmpListener.CertificatePeriod);
        await using (var mended = new TlsRouter(collector, _authority))
            Assert.Equal("CN=mended", (await mended.ConnectAsync()).Subject);

        // The session from before goes on.
        await before.SendAsync(new BmpStream().Announce("192.0.2.9", 2, 1).Bytes);
        await AwaitRecordsAsync(collector, 3);
        await before.EndAsync();

        // A router that has left before the collector's side of the handshake ended makes a line of its own.
        IReadOnlyList<string> OfCertificate() =>
            [.. collector.Log.Warnings.Where(line => line.Contains("--bmp-tls-", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task An_expired_certificate_is_logged_at_the_start()
    {
        _authority.WriteServer(notAfter: new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.Zero));
        await using var collector = await Collector.StartAsync(Options);
        Assert.StartsWith("the certificate expired at 2024-02-29 12:00:00Z", Assert.Single(collector.Log.Warnings),
            StringComparison.Ordinal);
        Assert.Equal(["risotto_tls_certificate_expiry_timestamp_seconds 1709208000"],
            await collector.MetricsAsync("risotto_tls_certificate_expiry"));
    }

    [Fact]
    public async Task Connections_without_TLS_are_closed_and_counted()
    {
        await using var collector = await Collector.StartAsync(Options);
        using (var plain = await collector.ConnectAsync())
        {
            await plain.SendAsync(Stream);
            await Collector.AwaitCloseAsync(plain);
        }
        using (var closing = await collector.ConnectAsync())
        {
            closing.Shutdown(SocketShutdown.Send);
            await Collector.AwaitCloseAsync(closing);
        }
        // A record that says handshake and holds none, and one that ends in its middle.
        using (var nonsense = await collector.ConnectAsync())
        {
            await nonsense.SendAsync(new byte[] { 22, 3, 1, 0, 4, 9, 9, 9, 9 });
            await AwaitAlertAsync(nonsense);
        }
        using (var cut = await collector.ConnectAsync())
        {
            await cut.SendAsync(new byte[] { 22, 3, 1, 2, 0, 1 });
            cut.Shutdown(SocketShutdown.Send);
            await AwaitAlertAsync(cut);
        }
        await ProxyProtocolTests.AwaitRefusedAsync(collector, "tls_not_spoken 1", "sent_nothing 1", "tls_failed 1", "tls_interrupted 1");
        Assert.Equal(3, collector.Log.Warnings.Count);
        Assert.Empty(await collector.MetricsAsync("risotto_session_closed_total{"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    public async Task A_handshake_has_its_time_and_takes_a_session_s_place_meanwhile(int bytes)
    {
        await using var collector = await Collector.StartAsync(
            Options.Listening(listen => listen with { MaxSessions = 1, MaxSessionsPerSource = 1 }));
        using var slow = await collector.ConnectAsync();
        await slow.SendAsync(new byte[] { 22, 3, 1, 2, 0, 1 }.AsMemory(0, bytes), TestContext.Current.CancellationToken);
        using (var second = await collector.ConnectAsync())
            await Collector.AwaitCloseAsync(second);
        await ProxyProtocolTests.AwaitRefusedAsync(collector, "max_sessions 1");
        await ProxyProtocolTests.ClosesWithTimeAsync(collector, slow, BmpListener.OpeningTimeout);
        await ProxyProtocolTests.AwaitRefusedAsync(collector, "max_sessions 1", "tls_timeout 1");
        await using var router = new TlsRouter(collector, _authority);
        await router.ConnectAsync();
        await router.SendAsync(Stream);
        await AwaitRecordsAsync(collector, 2);
    }

    [Fact]
    public async Task The_PROXY_header_comes_before_the_handshake_and_names_the_router()
    {
        await using var collector = await Collector.StartAsync(MutualOptions.Listening(listen => listen with
        {
            ProxyFrom = [IPNetwork.Parse("127.0.0.0/8")],
            Allow = [IPNetwork.Parse("2001:db8::/32")],
        }));
        await using var router = new TlsRouter(collector, _authority)
        {
            Certificate = _authority.ChainOf(_authority.Sign("CN=r1", TestAuthority.ClientAuthentication)),
        };
        await router.ConnectAsync(ProxyProtocolTests.Header("2001:db8::7", 40000));
        await router.SendAsync(Stream);
        await Collector.UntilAsync(async () => await collector.MetricsAsync("risotto_tx_updates_total") is [var line]
            && line == "risotto_tx_updates_total{router=\"2001:db8::7\",peer=\"192.0.2.9\"} 2");
        await router.EndAsync();

        // Without one, and with one inside of TLS only.
        await using var bare = new TlsRouter(collector, _authority);
        Assert.True(await bare.IsTurnedAwayAsync());
        await ProxyProtocolTests.AwaitRefusedAsync(collector, "proxy_header_missing 1");
    }

    [Fact]
    public async Task The_drain_ends_sessions_and_handshakes_at_once()
    {
        await using var collector = await Collector.StartAsync(Options);
        await using var router = new TlsRouter(collector, _authority);
        await router.ConnectAsync();
        await router.SendAsync(Stream);
        await AwaitRecordsAsync(collector, 2);
        using var half = await collector.ConnectAsync();
        await half.SendAsync(new byte[] { 22 });
        var stop = collector.Service.StopAsync();
        await router.AwaitEndAsync();
        await stop.WaitAsync(Collector.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(["risotto_session_closed_total{reason=\"shutdown\"} 1"],
            await collector.MetricsAsync("risotto_session_closed_total{"));
        Assert.Equal(2, ((MemorySink)collector.Sink).Batches.Sum(batch => batch.Records));
    }

    [Fact]
    public async Task Files_that_cannot_be_used_are_one_line_that_names_the_flag()
    {
        using var others = new TestAuthority("Other");
        others.WriteServer();
        string noRoot = _authority.FileOf("no-root.pem"), nothing = _authority.FileOf("nothing.pem");
        File.WriteAllText(noRoot, _authority.Sign("CN=r1", TestAuthority.ClientAuthentication).ExportCertificatePem());
        File.WriteAllText(nothing, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        string certificate = _authority.CertificateFile, key = _authority.KeyFile, root = _authority.RootFile;
        (string, string? Certificate, string? Key, string? ClientCa)[] wrong =
        [
            ("--bmp-tls-certificate: ", _authority.FileOf("absent"), key, null),
            ("--bmp-tls-certificate: ", key, key, null),
            ("--bmp-tls-certificate: ", nothing, key, null),
            ("--bmp-tls-key: ", certificate, others.KeyFile, null),
            ("--bmp-tls-key: ", certificate, certificate, null),
            ("--bmp-tls-key: needs --bmp-tls-certificate", null, key, null),
            ("--bmp-tls-certificate: needs --bmp-tls-key", certificate, null, null),
            ("--bmp-tls-client-ca: needs --bmp-tls-certificate", null, null, root),
            ("--bmp-tls-client-ca: there is no root certificate", certificate, key, noRoot),
            ("--bmp-tls-client-ca: there is no certificate", certificate, key, key),
        ];
        foreach (var (line, certificateFile, keyFile, clientCaFile) in wrong)
        {
            string[] args =
            [
                .. certificateFile is null ? Array.Empty<string>() : ["--bmp-tls-certificate", certificateFile],
                .. keyFile is null ? Array.Empty<string>() : ["--bmp-tls-key", keyFile],
                .. clientCaFile is null ? Array.Empty<string>() : ["--bmp-tls-client-ca", clientCaFile],
            ];
            var e = Assert.Throws<UsageException>(() => RisottoOptions.CommandLine(_ => null).Parse(args, TextWriter.Null, out _)!.Read());
            Assert.StartsWith(line, e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', e.Message);
        }
        File.Delete(_authority.KeyFile);
        var late = await Assert.ThrowsAsync<StartupException>(() => Collector.StartAsync(Options));
        Assert.StartsWith("--bmp-tls-key: ", late.Message, StringComparison.Ordinal);
    }

    // An alert may come, or not, before the end.
    private static async Task AwaitAlertAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(Collector.Patience);
        try
        {
            while (await socket.ReceiveAsync(new byte[64], patience.Token) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // A reset is an end too.
        }
    }

    private static byte[] Written(Collector collector) =>
        [.. ((MemorySink)collector.Sink).Batches.SelectMany(batch => batch.Value.ToArray())];

    private static Task AwaitRecordsAsync(Collector collector, int count) => Collector.UntilAsync(async () =>
        await collector.MetricsAsync("risotto_tx_updates_total") is [var line] && line.EndsWith($" {count}", StringComparison.Ordinal));
}
