using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Load.Processes;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Benchmarks.Live;

/// <summary>
/// <c>submit</c>: measures the time of POST /api/probes at a fixed rate, from the moment at which a request is due, so that a late request
/// counts as slow. The gateway runs in a process of its own, with the embedded broker in it.
/// </summary>
internal static class SubmitCommand
{
    // The SHA-256 of the subject of --bypass-jwt.
    private const string TestUser = "c95b3f800751698e8f935156112885cc49789e687a3bca5def774fcf96f96ea4";
    private const double MostMilliseconds = 50;

    // User 3378200448 in 2001:db8:a::/48.
    private const string Prefix = "2001:db8:a::/48", Source = "2001:db8:a:c95b:3f80::1";

    private const int WarmUp = 100;

    /// <returns>1 if the 99th percentile is above 50 ms, or the answer to a request is not 200.</returns>
    public static async Task<int> RunAsync(string[] options)
    {
        int rate = Number(options, "--rate", 50), probes = Number(options, "--probes", 1000), seconds = Number(options, "--seconds", 20);
        var folder = Directory.CreateTempSubdirectory("benchmark-submit-");
        string url = Text(options, "--database-url") ?? $"sqlite:{folder.FullName}/gateway.db";
        try
        {
            await using var gateway = await GatewayProcess.StartAsync(null, "--bypass-jwt", "--kafka-brokers", "embedded", "--database-url",
                url, "--requests-per-user", "10000");
            using var client = new HttpClient { BaseAddress = new Uri($"http://{gateway.Http}") };
            await AllowAsync(url);
            await AddAgentAsync(client);
            byte[] body = Encoding.UTF8.GetBytes(Body(probes));
            await RunAsync(client, body, rate, WarmUp);
            using var process = Process.GetProcessById(gateway.ProcessId);
            var before = process.TotalProcessorTime;
            var (milliseconds, failed) = await RunAsync(client, body, rate, rate * seconds);
            process.Refresh();
            double p99 = At(milliseconds, 0.99), cpu = (process.TotalProcessorTime - before).TotalMilliseconds / milliseconds.Length;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"submissions={milliseconds.Length} probes_each={probes} rate_per_s={rate} database={url.Split(':')[0]} " +
                $"p50_ms={At(milliseconds, 0.5):F1} p90_ms={At(milliseconds, 0.9):F1} p99_ms={p99:F1} max_ms={milliseconds[^1]:F1} " +
                $"cpu_ms_each={cpu:F2} failed={failed}"));
            return p99 <= MostMilliseconds && failed == 0 ? 0 : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Only SQL sets limits, and the benchmark uses up 10,000 probes a day in a moment.
    private static async Task AllowAsync(string url)
    {
        await using DbConnection connection = url.StartsWith("sqlite:", StringComparison.Ordinal)
            ? new SqliteConnection($"Data Source={url["sqlite:".Length..]};Pooling=false")
            : new NpgsqlConnection(PostgresConnection(new Uri(url)));
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"INSERT INTO user_limits (user_hash, probe_limit) VALUES ('{TestUser}', 2000000000)";
        await command.ExecuteNonQueryAsync();
    }

    private static string PostgresConnection(Uri url)
    {
        string[] user = url.UserInfo.Split(':');
        return new NpgsqlConnectionStringBuilder
        {
            Host = url.Host,
            Port = url.Port,
            Username = user[0],
            Password = user.ElementAtOrDefault(1),
            Database = url.AbsolutePath[1..],
        }.ConnectionString;
    }

    private static async Task AddAgentAsync(HttpClient client)
    {
        await PostAsync("register", """{"id":"agent","secret":"secret"}""");
        await PostAsync("agent/config", $$"""[{"src_ipv6_prefix":"{{Prefix}}"}]""");
        await PostAsync("agent/health", """{"healthy":true}""");

        async Task PostAsync(string path, string json)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/agent-api/agent/{path}")
            {
                Content = new StringContent(json, Encoding.UTF8, "application/json"),
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", GatewayProcess.AgentKey) },
            };
            using var response = await client.SendAsync(request);
            response.EnsureSuccessStatusCode();
        }
    }

    private static string Body(int probes)
    {
        var list = Enumerable.Range(1, probes).Select(n => $"""["2001:db8::{n & 0xFFFF:x}",24000,33434,{1 + n % 32},"icmpv6"]""");
        return $$"""{"metadata":[{"id":"agent","ip_address":"{{Source}}"}],"probes":[{{string.Join(',', list)}}]}""";
    }

    private static async Task<(double[] Milliseconds, int Failed)> RunAsync(HttpClient client, byte[] body, int rate, int count)
    {
        var watch = Stopwatch.StartNew();
        var requests = new Task<(double Milliseconds, bool IsDone)>[count];
        for (int n = 0; n < count; n++)
        {
            var due = TimeSpan.FromSeconds((double)n / rate);
            if (due > watch.Elapsed)
                await Task.Delay(due - watch.Elapsed);
            requests[n] = SubmitAsync(due);
        }
        var ended = await Task.WhenAll(requests);
        return ([.. ended.Select(request => request.Milliseconds).Order()], ended.Count(request => !request.IsDone));

        async Task<(double, bool)> SubmitAsync(TimeSpan due)
        {
            using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            using var response = await client.PostAsync(new Uri("/api/probes", UriKind.Relative), content);
            await response.Content.ReadAsByteArrayAsync();
            return ((watch.Elapsed - due).TotalMilliseconds, response.StatusCode == System.Net.HttpStatusCode.OK);
        }
    }

    private static double At(double[] sorted, double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1];

    private static int Number(string[] options, string name, int fallback) =>
        Text(options, name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;

    private static string? Text(string[] options, string name) =>
        Array.IndexOf(options, name) is >= 0 and var at && at + 1 < options.Length ? options[at + 1] : null;
}
