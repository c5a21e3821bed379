using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Replay.Send;

/// <summary>Sends bodies one after the other, each until the gateway accepts or refuses it.</summary>
internal sealed class GatewayClient(ReplySendOptions options, TimeProvider time, Action<string> log) : IDisposable
{
    private const int MaxAttempts = 6;
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromMinutes(2), MaxPause = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client = new() { Timeout = AnswerTimeout };
    private readonly SortedDictionary<string, long> _rejected = new(StringComparer.Ordinal);

    public long Accepted { get; private set; }

    public int Bodies { get; private set; }

    /// <summary>The gateway's counts of rejected packets by reason.</summary>
    public string Rejected => string.Join("", _rejected.Select(r => string.Create(CultureInfo.InvariantCulture, $", {r.Key} {r.Value}")));

    /// <summary>Sends a body until the gateway accepts it. Returns null then, or the reason if the gateway refuses it.</summary>
    /// <exception cref="OperationCanceledException">The token is cancelled.</exception>
    public async Task<string?> SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            string problem;
            TimeSpan? pause = null;
            try
            {
                using var response = await PostAsync(body, cancellation);
                string answer = await response.Content.ReadAsStringAsync(cancellation);
                if (response.StatusCode == HttpStatusCode.Accepted)
                {
                    Count(answer);
                    return null;
                }
                problem = $"{options.Gateway} answers {(int)response.StatusCode}: {MessageOf(answer)}";
                bool isTemporary = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout;
                if (!isTemporary && (int)response.StatusCode < 500)
                    return problem;
                pause = response.Headers.RetryAfter?.Delta;
            }
            catch (HttpRequestException e)
            {
                problem = $"cannot reach {options.Gateway}: {e.Message}";
            }
            catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
            {
                problem = $"{options.Gateway} did not answer within {AnswerTimeout.TotalSeconds} s";
            }
            // A live capture is worth any wait. A file can be sent again.
            if (attempt == MaxAttempts && !options.Follow && !options.IsStandardInput)
                return problem;
            if (attempt == 1)
                log($"{problem}; sends the body again");
            var longer = TimeSpan.FromSeconds(0.25 * Math.Pow(2, Math.Min(attempt, 10)));
            await Task.Delay(TimeSpan.FromTicks(Math.Min((pause ?? longer).Ticks, MaxPause.Ticks)), time, cancellation);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<HttpResponseMessage> PostAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, options.Route) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/vnd.tcpdump.pcap");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Key);
        return await _client.SendAsync(request, cancellation);
    }

    private void Count(string answer)
    {
        Bodies++;
        using var json = JsonDocument.Parse(answer);
        Accepted += json.RootElement.GetProperty("accepted").GetInt64();
        foreach (var reason in json.RootElement.GetProperty("rejected").EnumerateObject())
            _rejected[reason.Name] = _rejected.GetValueOrDefault(reason.Name) + reason.Value.GetInt64();
    }

    private static string MessageOf(string answer)
    {
        const int maxLength = 200;
        try
        {
            using var json = JsonDocument.Parse(answer);
            return json.RootElement.GetProperty("message").GetString() ?? "";
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return answer.ReplaceLineEndings(" ")[..Math.Min(answer.Length, maxLength)];
        }
    }
}
