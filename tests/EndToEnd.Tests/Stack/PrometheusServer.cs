using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Stack;

/// <summary>
/// Runs Debian's Prometheus with the configuration and rules of docker/prometheus. Only the targets and the interval are the test's.
/// </summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder;
    private readonly Process _process;
    private readonly HttpClient _client;

    private PrometheusServer(DirectoryInfo folder, Process process, HttpClient client) =>
        (_folder, _process, _client) = (folder, process, client);

    /// <param name="targets">The service for each target of prometheus.yml; targets that are missing have none.</param>
    /// <param name="cancel">Ends the wait for its start.</param>
    public static async Task<PrometheusServer> StartAsync(IReadOnlyDictionary<string, IPEndPoint> targets, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("prometheus-");
        string configuration = await File.ReadAllTextAsync(StackFolder.File("prometheus", "prometheus.yml"), cancel);
        configuration = Regex.Replace(configuration, @"targets: \[""(?<target>[^""]+)""\]",
            target => targets.TryGetValue(target.Groups["target"].Value, out var service) ? $"targets: [\"{service}\"]" : "targets: []");
        configuration = configuration.Replace("_interval: 15s", "_interval: 1s", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "prometheus.yml"), configuration, cancel);
        File.Copy(StackFolder.File("prometheus", "alerts.yml"), Path.Combine(folder.FullName, "alerts.yml"));
        int port = FreePorts.Next();
        var process = Process.Start(new ProcessStartInfo("prometheus",
            [$"--config.file={folder.FullName}/prometheus.yml", $"--storage.tsdb.path={folder.FullName}/data",
                $"--web.listen-address=127.0.0.1:{port}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var lines = new List<string>();
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => { lock (lines) lines.Add(line.Data ?? ""); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new PrometheusServer(folder, process, new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") });
        await Eventually.TrueAsync(async () => process.HasExited || await server.IsReadyAsync(cancel), StartTimeout,
            () => "prometheus does not answer", cancel);
        Assert.False(process.HasExited, string.Join('\n', lines));
        return server;
    }

    /// <summary>Returns the number of series that the expression gives now; fails if Prometheus cannot read it.</summary>
    public async Task<int> CountAsync(string expression, CancellationToken cancel)
    {
        using var answer = await _client.GetAsync(new Uri($"/api/v1/query?query={Uri.EscapeDataString(expression)}", UriKind.Relative),
            cancel);
        string text = await answer.Content.ReadAsStringAsync(cancel);
        Assert.True(answer.IsSuccessStatusCode, $"{expression}: {text}");
        using var json = JsonDocument.Parse(text);
        return json.RootElement.GetProperty("data").GetProperty("result").GetArrayLength();
    }

    /// <summary>Returns every name that has a series.</summary>
    public async Task<HashSet<string>> NamesAsync(CancellationToken cancel)
    {
        var json = await _client.GetFromJsonAsync<JsonElement>(new Uri("/api/v1/label/__name__/values", UriKind.Relative), cancel);
        return [.. json.GetProperty("data").EnumerateArray().Select(name => name.GetString()!)];
    }

    /// <summary>Returns the rules that it has loaded: alert and expression.</summary>
    public async Task<IReadOnlyList<(string Alert, string Expression)>> RulesAsync(CancellationToken cancel)
    {
        var json = await _client.GetFromJsonAsync<JsonElement>(new Uri("/api/v1/rules", UriKind.Relative), cancel);
        return
        [
            .. from @group in json.GetProperty("data").GetProperty("groups").EnumerateArray()
               from rule in @group.GetProperty("rules").EnumerateArray()
               select (rule.GetProperty("name").GetString()!, rule.GetProperty("query").GetString()!),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _client.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancel)
    {
        try
        {
            using var answer = await _client.GetAsync(new Uri("/-/ready", UriKind.Relative), cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
