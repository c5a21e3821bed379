using System.Net.ServerSentEvents;
using System.Text.Json;

namespace SaimirisGateway.Tests.Replies.Results;

/// <summary>Reads a live stream with .NET's own parser of server-sent events.</summary>
internal sealed class LiveClient : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _events;
    private readonly SseParser<string> _parser;

    private LiveClient(HttpResponseMessage response, Stream body)
    {
        _response = response;
        _parser = SseParser.Create(body);
        _events = _parser.EnumerateAsync().GetAsyncEnumerator();
    }

    public string LastEventId => _parser.LastEventId;

    public static async Task<LiveClient> OpenAsync(Measurement measurement, string? lastEventId = null)
    {
        using var request = measurement.Request("text/event-stream", lastEventId);
        var response = await measurement.Gateway.Client.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal((200, "text/event-stream"), ((int)response.StatusCode, response.Content.Headers.ContentType?.ToString()));
        return new LiveClient(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Reads the next event; null when the stream has ended.</summary>
    public async Task<SseItem<string>?> NextAsync() =>
        await _events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken) ? _events.Current
            : null;

    /// <summary>Reads that number of replies. Any other event fails.</summary>
    public async Task<List<JsonElement>> RepliesAsync(int count)
    {
        var replies = new List<JsonElement>();
        while (replies.Count < count)
        {
            var item = await NextAsync();
            Assert.Equal("message", item!.Value.EventType);
            replies.Add(JsonDocument.Parse(item.Value.Data).RootElement);
        }
        return replies;
    }

    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        try
        {
            await _events.DisposeAsync();
        }
        catch (NotSupportedException)
        {
            // A read that timed out is still pending.
        }
    }
}
