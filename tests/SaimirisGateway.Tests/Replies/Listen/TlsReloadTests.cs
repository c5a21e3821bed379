using System.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Prometheus;
using SaimirisGateway.Api;
using SaimirisGateway.Telemetry;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;
using Shared.Hosting.Tls;

namespace SaimirisGateway.Tests.Replies.Listen;

/// <summary>Tests new certificates while the endpoint stays open. openssl and curl show them.</summary>
public sealed class TlsReloadTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-tls-reload-");
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_certificate_is_shown_without_a_restart_and_a_broken_one_is_not()
    {
        await MakeAsync("first.example");
        await using var handshake = new TlsHandshake(Options, new GatewayMetrics(_registry), NullLogger.Instance, _time);
        var endpoint = await StartAsync(handshake);
        Assert.Contains("CN = first.example", await ShownAsync(endpoint), StringComparison.Ordinal);

        await MakeAsync("second.example");
        Assert.Contains("CN = first.example", await ShownAsync(endpoint), StringComparison.Ordinal);
        _time.Advance(TlsHandshake.ReloadPeriod);
        Assert.Contains("CN = second.example", await ShownAsync(endpoint), StringComparison.Ordinal);

        // The key and the certificate do not match, as between the replacements of two files.
        string key = await File.ReadAllTextAsync(FileOf("key.pem"), Cancel);
        await MakeAsync("third.example");
        await File.WriteAllTextAsync(FileOf("key.pem"), key, Cancel);
        _time.Advance(TlsHandshake.ReloadPeriod);
        Assert.Contains("CN = second.example", await ShownAsync(endpoint), StringComparison.Ordinal);
        await endpoint.StopAsync(Cancel);
    }

    [Theory]
    [InlineData("--http1.1", "1.1")]
    [InlineData("--http2", "2")]
    public async Task Curl_trusts_what_replaced_an_expired_certificate(string version, string spoken)
    {
        await MakeAsync("localhost", "-days", "-1");
        await using var handshake = new TlsHandshake(Options, new GatewayMetrics(_registry), NullLogger.Instance, _time);
        var endpoint = await StartAsync(handshake);
        string[] request = [version, "--silent", "--show-error", "--cacert", FileOf("cert.pem"), "--resolve",
            $"localhost:{endpoint.Bound.Port}:127.0.0.1",
            "--write-out", " %{http_version}", $"https://localhost:{endpoint.Bound.Port}/"];
        var (exitCode, words) = await RunAsync("curl", request);
        Assert.True(exitCode == 60 && words.Contains("expired", StringComparison.Ordinal), words);

        await MakeAsync("localhost");
        _time.Advance(TlsHandshake.ReloadPeriod);
        Assert.Equal((0, "hello " + spoken), await RunAsync("curl", request));
        await endpoint.StopAsync(Cancel);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private TlsOptions Options => new("--tls", FileOf("cert.pem"), FileOf("key.pem"), ClientCa: null);

    private static Task<KestrelEndpoint> StartAsync(TlsHandshake handshake) => KestrelEndpoint.StartAsync(
        "--tls-address", new HostPort("127.0.0.1", 0), NullLoggerFactory.Instance,
        new KestrelSetup { Connections = listen => listen.UseHttps(handshake.Callback), Http = http => http.Response.WriteAsync("hello") },
        Cancel);

    private async Task<string> ShownAsync(KestrelEndpoint endpoint) =>
        (await RunAsync("openssl", ["s_client", "-connect", $"{endpoint.Bound}"])).Words;

    private async Task MakeAsync(string name, params string[] more)
    {
        string[] days = more.Length > 0 ? more : ["-days", "30"];
        await RunAsync("openssl",
            ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", $"/CN={name}", "-keyout", "key.pem",
            "-out", "csr.pem"]);
        await File.WriteAllTextAsync(FileOf("names"), $"subjectAltName=DNS:{name}", Cancel);
        var (exitCode, words) = await RunAsync(
            "openssl", ["x509", "-req", "-in", "csr.pem", "-signkey", "key.pem", "-extfile", "names", "-out", "cert.pem", .. days]);
        Assert.True(exitCode == 0, words);
    }

    private string FileOf(string name) => Path.Combine(_folder.FullName, name);

    private async Task<(int ExitCode, string Words)> RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(Cancel);
        string errors = await process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, await output + errors);
    }
}
