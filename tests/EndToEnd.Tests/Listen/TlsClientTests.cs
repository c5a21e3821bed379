using Suite.Tests.Records;

namespace EndToEnd.Tests.Listen;

/// <summary>Tests BMP over TLS with OpenSSL's own client as the router.</summary>
public sealed class TlsClientTests : IDisposable
{
    private readonly Certificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_router_over_TLS_gives_the_records_that_it_gives_without(string version)
    {
        await MakeAsync();
        var plain = await FileOutputRun.PlainAsync();
        await using var run = await FileOutputRun.StartAsync(_certificates.ServerFlags);
        await using var router = new OpenSslClient(run.Bmp, [version, .. Trust("collector.example.net")]);
        await router.SendAsync(FileOutputRun.Stream);
        await run.UntilRecordsAsync(plain.Count);
        Assert.Equal(plain, FileOutputRun.Text(await run.EndAsync()));
        Assert.Equal(0, (await router.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task Only_certificates_of_the_authority_get_a_session()
    {
        await MakeAsync();
        await _certificates.SignAsync("ca", "r1", "r1");
        await _certificates.SignExpiredAsync("ca", "late", "late");
        await _certificates.AuthorityAsync("other");
        await _certificates.SignAsync("other", "stranger", "stranger");
        await using var run = await FileOutputRun.StartAsync([.. _certificates.ServerFlags, "--bmp-tls-client-ca",
            _certificates.FileOf("ca.pem")]);
        foreach (string version in new[] { "-tls1_2", "-tls1_3" })
        {
            foreach (string? name in new[] { null, "late", "stranger" })
            {
                await using var other = new OpenSslClient(run.Bmp,
                    [version, .. Trust("collector.example.net"), .. name is null ? [] : Own(name)]);
                var (exitCode, words) = await other.EndAsync();
                Assert.True(exitCode != 0, words);
            }
        }
        await run.UntilAsync("risotto_refused_total{reason=\"tls_client_certificate_missing\"} 2",
            "risotto_refused_total{reason=\"tls_client_certificate_rejected\"} 4");
        Assert.Contains(run.Lines, line => line.EndsWith("its client certificate does not lead to --bmp-tls-client-ca (NotTimeValid)",
            StringComparison.Ordinal));

        await using var router = new OpenSslClient(run.Bmp, [.. Trust("collector.example.net"), .. Own("r1")]);
        await router.SendAsync(FileOutputRun.Stream);
        await run.UntilRecordsAsync(1);
        Assert.NotEmpty(await run.EndAsync());
        Assert.Equal(0, (await router.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task An_expired_certificate_is_logged_and_a_new_one_taken_while_a_session_runs()
    {
        await MakeAsync();
        await _certificates.SignExpiredAsync("ca", "server", "collector.example.net");
        await using var run = await FileOutputRun.StartAsync(_certificates.ServerFlags);
        Assert.Contains(run.Lines, line => line.Contains("the certificate expired at", StringComparison.Ordinal));
        await using (var careful = new OpenSslClient(run.Bmp, Trust("collector.example.net")))
            Assert.NotEqual(0, (await careful.EndAsync()).ExitCode);
        await run.UntilAsync("risotto_refused_total{reason=\"tls_failed\"} 1");
        Assert.Contains(run.Lines, line => line.Contains("certificate expired)", StringComparison.Ordinal));

        int half = FileOutputRun.Stream.Length / 2;
        await using var careless = new OpenSslClient(run.Bmp);
        await careless.SendAsync(FileOutputRun.Stream[..half]);
        await run.UntilRecordsAsync(1);
        string[] expiry = await run.MetricsAsync("risotto_tls_certificate_expiry_timestamp_seconds ");
        await _certificates.SignAsync("ca", "server", "renewed.example.net");
        await Eventually.TrueAsync(async () => (await run.MetricsAsync("risotto_tls_certificate_expiry_timestamp_seconds "))
            .Single() != expiry.Single(),
            TimeSpan.FromMinutes(5), () => "the new certificate is not taken", TestContext.Current.CancellationToken);
        await using var after = new OpenSslClient(run.Bmp, Trust("renewed.example.net"));
        await run.UntilAsync("risotto_sessions 2");

        await careless.SendAsync(FileOutputRun.Stream[half..]);
        var plain = await FileOutputRun.PlainAsync();
        await run.UntilRecordsAsync(plain.Count);
        Assert.Equal(plain, FileOutputRun.Text(await run.EndAsync()));
        Assert.Equal((0, 0), ((await careless.EndAsync()).ExitCode, (await after.EndAsync()).ExitCode));
    }

    [Fact]
    public async Task Older_versions_are_refused_with_OpenSSLs_words()
    {
        await MakeAsync();
        await using var run = await FileOutputRun.StartAsync(_certificates.ServerFlags);
        await using var old = new OpenSslClient(run.Bmp, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0");
        Assert.NotEqual(0, (await old.EndAsync()).ExitCode);
        await run.UntilAsync("risotto_refused_total{reason=\"tls_failed\"} 1");
        Assert.Contains(run.Lines, line => line.Contains("unsupported protocol", StringComparison.Ordinal));
    }

    private string[] Trust(string name) => ["-CAfile", _certificates.FileOf("ca.pem"), "-verify_return_error", "-verify_hostname", name];

    private string[] Own(string name) => ["-cert", _certificates.FileOf($"{name}.pem"), "-key", _certificates.FileOf($"{name}.key")];

    private async Task MakeAsync()
    {
        Programs.Need("openssl");
        await _certificates.AuthorityAsync("ca");
        await _certificates.SignAsync("ca", "server", "collector.example.net");
    }
}
