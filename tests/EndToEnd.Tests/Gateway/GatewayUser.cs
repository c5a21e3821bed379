using System.Data.Common;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Npgsql;
using SaimirisGateway.Tests.Storage;

namespace EndToEnd.Tests.Gateway;

/// <summary>A user of a gateway that runs with --bypass-jwt.</summary>
internal sealed class GatewayUser(Uri gateway) : IDisposable
{
    /// <summary>
    /// SHA-256 of test-user-id, the contract's worked example, and that user's first address at the stand-in agent's prefix.
    /// </summary>
    public const string Hash = "c95b3f800751698e8f935156112885cc49789e687a3bca5def774fcf96f96ea4", Source = "2a0e:97c0:8a4:c95b:3f80::1";

    private readonly HttpClient _client = new() { BaseAddress = gateway, Timeout = TimeSpan.FromMinutes(5) };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static string Metadata(string agent) => $$"""{"metadata":[{"id":"{{agent}}","ip_address":"{{Source}}"}]""";

    /// <summary>Returns the probe that <see cref="SaimirisGateway.Tests.Probes.Outbox.TopicCheck"/> expects for this number.</summary>
    public static string Probe(int number) => $"[\"2001:db8::{number & 0xFFFF:x}\",24000,33434,{1 + (number % 32)},\"icmpv6\"]";

    public static string Json(string agent, int probes) =>
        $"{Metadata(agent)},\"probes\":[{string.Join(',', Enumerable.Range(0, probes).Select(Probe))}]}}";

    public async Task<(int Status, string Text)> PostAsync(HttpContent content, string type = "application/json")
    {
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        using var answer = await _client.PostAsync("/api/probes", content, Cancel);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    public async Task<JsonElement> GetAsync(string path) => JsonDocument.Parse(await _client.GetStringAsync(path, Cancel)).RootElement;

    /// <summary>Returns the lines of an NDJSON answer.</summary>
    public async Task<string[]> GetLinesAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get,
            path)
        { Headers = { Accept = { new MediaTypeWithQualityHeaderValue("application/x-ndjson") } } };
        using var answer = await _client.SendAsync(request, Cancel);
        string text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.IsSuccessStatusCode, text);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Raises the number of probes that the user may submit in a day.</summary>
    /// <param name="url">The gateway's database.</param>
    public static async Task SetLimitAsync(string url, long limit)
    {
        await using DbConnection connection = url.StartsWith("sqlite:", StringComparison.Ordinal)
            ? new SqliteConnection($"Data Source={url["sqlite:".Length..]};Pooling=false")
                : new NpgsqlConnection(PostgresServer.ConnectionString(url));
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = $"INSERT INTO user_limits (user_hash, probe_limit) VALUES ('{Hash}', {limit})";
        await command.ExecuteNonQueryAsync(Cancel);
    }

    public void Dispose() => _client.Dispose();
}
