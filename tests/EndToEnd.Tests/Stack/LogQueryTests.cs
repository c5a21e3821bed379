using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Stack;

/// <summary>
/// Sends the services' logs in JSON to a real Loki (LOKI_HOME) with the settings of docker/loki, and runs every LogQL expression of the
/// dashboards.
/// </summary>
public sealed class LogQueryTests : IAsyncLifetime
{
    private readonly string? _home = Environment.GetEnvironmentVariable("LOKI_HOME");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("loki-");
    private readonly HttpClient _client = new();

    public async ValueTask InitializeAsync()
    {
        if (string.IsNullOrEmpty(_home))
            return;
        string output = await RunAsync(Path.Combine(_home, "loki.sh"), "start", "--dir", _folder.FullName, "--port",
            FreePorts.Next(2).ToString(CultureInfo.InvariantCulture));
        _client.BaseAddress = new Uri(output.Split('\n').Single(line => line.StartsWith("LOKI_URL=", StringComparison.Ordinal))
            .Split('=', 2)[1]);
    }

    public async ValueTask DisposeAsync()
    {
        if (!string.IsNullOrEmpty(_home))
            await RunAsync(Path.Combine(_home, "loki.sh"), "stop", "--dir", _folder.FullName);
        _client.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Loki_takes_its_configuration_and_every_expression_finds_the_lines_of_its_service()
    {
        Assert.SkipWhen(string.IsNullOrEmpty(_home), "LOKI_HOME is not set");
        var cancel = TestContext.Current.CancellationToken;
        await RunAsync(Path.Combine(_folder.FullName, "loki"), "-verify-config", $"-config.file={StackFolder.File("loki", "loki.yml")}");
        var logs = await LogsAsync(cancel);
        foreach (var (container, lines) in logs)
        {
            long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
            var stream = new Dictionary<string, string>
            {
                ["container_name"] = container,
                ["stream"] = "stdout",
                ["host"] = "compose",
                ["job"] = "containerlogs"
            };
            var values = lines.Select((line, i) => new[] { (now + i).ToString(CultureInfo.InvariantCulture), line });
            using var pushed = await _client.PostAsJsonAsync(new Uri("/loki/api/v1/push", UriKind.Relative),
                new { streams = new[] { new { stream, values } } }, cancel);
            Assert.Equal(HttpStatusCode.NoContent, pushed.StatusCode);
        }
        var queries = DashboardQuery.All.Where(q => q.DataSource == DashboardQuery.Loki).ToList();
        Assert.Equal(2 * logs.Count, queries.Count);
        foreach (var query in queries)
            Assert.True(await CountAsync(query.Text.Replace("$__interval", "1m", StringComparison.Ordinal), cancel) > 0,
                $"{query}\n{string.Join('\n', logs.SelectMany(log => log.Lines))}");
        foreach (var (container, _) in logs)
        {
            Assert.Equal(0, await CountAsync($"{{container_name=\"{container}\"}} | json | __error__ != \"\"", cancel));
            // An operator looks for the source and, by its number, for the kind of line.
            Assert.True(await CountAsync($"{{container_name=\"{container}\"}} | json | SourceContext != \"\" | EventId_Id > 0",
                cancel) > 0);
        }
    }

    // Each service logs a fault: a stream that is no BMP, a datagram that is no sFlow, a key that everybody knows.
    private static async Task<List<(string Container, IReadOnlyCollection<string> Lines)>> LogsAsync(CancellationToken cancel)
    {
        string[] common = ["--kafka-disable", "--log-format", "json", "-v"];
        await using var risotto = await RisottoProcess.StartAsync(common);
        using (var router = new TcpClient())
        {
            await router.ConnectAsync(risotto.Bmp, cancel);
            await router.GetStream().WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray(), cancel);
        }
        await using var pesto = await PestoProcess.StartAsync(common);
        using (var exporter = new UdpClient())
            await exporter.SendAsync("no sFlow at all"u8.ToArray(), pesto.SFlow, cancel);
        await using var gateway = await GatewayProcess.StartAsync(null, [.. common, "--agent-key", "agent-key"]);
        (string Container, ServiceProcess Service)[] services = [("risotto", risotto), ("pesto", pesto), ("saimiris_gateway", gateway)];
        foreach (var (container, service) in services)
        {
            await Eventually
                .TrueAsync(() => Task.FromResult(service.Output.Any(line => line.Contains("\"WARN\"", StringComparison.Ordinal))),
                TimeSpan.FromMinutes(5), () => $"{container} does not warn: {string.Join('\n', service.Output)}", cancel);
        }
        return [.. services.Select(s => (s.Container, s.Service.Output))];
    }

    private async Task<int> CountAsync(string query, CancellationToken cancel)
    {
        using var answer = await _client
            .GetAsync(new Uri($"/loki/api/v1/query_range?since=5m&limit=5000&query={Uri.EscapeDataString(query)}", UriKind.Relative),
            cancel);
        string text = await answer.Content.ReadAsStringAsync(cancel);
        Assert.True(answer.IsSuccessStatusCode, $"{query}: {text}");
        using var json = JsonDocument.Parse(text);
        return json.RootElement.GetProperty("data").GetProperty("result").GetArrayLength();
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(5));
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await errors}");
        return output;
    }
}
