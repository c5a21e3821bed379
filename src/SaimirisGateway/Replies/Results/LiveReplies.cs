using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using SaimirisGateway.Replies.Results.Memory;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Replies.Results;

/// <summary>
/// Streams replies live (server-sent events): the stored replies after the cursor, then each reply when it arrives, until no more can
/// arrive. Each event's id is the cursor after it. A client that reads too slowly loses the replies that are dropped meanwhile, and an
/// event says so. Ingest never waits for a client.
/// </summary>
internal sealed class LiveReplies(
    ResultOptions options, ReplyMemory memory, ActiveMeasurements active, GatewayMetrics metrics, TimeProvider time)
{
    // The maximum of replies that are written between two flushes.
    private const int PageSize = 500;

    private readonly MemoryHistory _history = new(memory);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _streamsByUser = [];
    private int _streams;

    public async Task AnswerAsync(HttpContext http, string userHash, MeasurementDetail measurement, ResultQuery query)
    {
        if (!TryBegin(userHash))
        {
            await MeasurementResults.RefuseAsync(http, StatusCodes.Status429TooManyRequests,
                $"too many live streams at a time: {options.MaxStreamsPerUser} of a user and {options.MaxStreams} of all are possible");
            return;
        }
        try
        {
            await StreamAsync(http.Response, measurement, query.Cursor, http.RequestAborted);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has disconnected, which is how most streams end.
        }
        finally
        {
            End(userHash);
        }
    }

    private async Task StreamAsync(HttpResponse response, MeasurementDetail measurement, ReplyCursor cursor, CancellationToken cancel)
    {
        response.ContentType = ReplyForms.EventStream;
        response.Headers.CacheControl = "no-store";
        using var reader = memory.Open(measurement.Summary.Id);
        bool isMissing = reader.MayMissBeginning(cursor, measurement.Summary.StartedAt);
        while (true)
        {
            // This comes before the replies are read, so a reply that arrives before the end is among them.
            bool mayComeMore = active.Contains(measurement.Summary.Id);
            var page = reader.Read(cursor, PageSize);
            if (page.IsMissing)
                metrics.OnMissed();
            if (page.IsMissing || isMissing)
                Write(response.BodyWriter, "event: missing\ndata: {}\n\n");
            isMissing = false;
            foreach (var reply in _history.ToJson(page).Replies)
            {
                cursor.Advance(reply.AgentId, reply.EpochNs, reply.Sequence);
                if (cursor.HasText)
                    Write(response.BodyWriter, $"id: {cursor}\n");
                Write(response.BodyWriter, "data: ");
                response.BodyWriter.Write(reply.Utf8.Span);
                Write(response.BodyWriter, "\n\n");
            }
            if (!page.HasMore && !mayComeMore)
                break;
            await response.BodyWriter.FlushAsync(cancel);
            if (!page.HasMore && !await IsChangedAsync(page.Changed, cancel))
                Write(response.BodyWriter, ":\n\n");
        }
        Write(response.BodyWriter, "event: end\ndata: {}\n\n");
        await response.BodyWriter.FlushAsync(cancel);
    }

    private async Task<bool> IsChangedAsync(Task changed, CancellationToken cancel)
    {
        try
        {
            await changed.WaitAsync(options.HeartbeatInterval, time, cancel);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private bool TryBegin(string userHash)
    {
        lock (_gate)
        {
            int own = _streamsByUser.GetValueOrDefault(userHash);
            if (own == options.MaxStreamsPerUser || _streams == options.MaxStreams)
                return false;
            _streamsByUser[userHash] = own + 1;
            _streams++;
        }
        metrics.OnStreams(+1);
        return true;
    }

    private void End(string userHash)
    {
        lock (_gate)
        {
            _streams--;
            if (--_streamsByUser[userHash] is 0)
                _streamsByUser.Remove(userHash);
        }
        metrics.OnStreams(-1);
    }

    private static void Write(IBufferWriter<byte> output, string text) => Encoding.UTF8.GetBytes(text, output);
}
