using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Replies.Results;

/// <summary>
/// Live streams (server-sent events): what is kept behind the cursor, then each reply as it comes, until nothing more can come. Each event's id is
/// the cursor behind it. A client that reads too slowly loses the replies that are dropped meanwhile, and is told so; ingest waits for nobody.
/// </summary>
internal sealed class LiveReplies(ResultOptions options, KeptReplies kept, ActiveMeasurements active, GatewayMetrics metrics, TimeProvider time)
{
    // As many are written between two looks at what has come.
    private const int ReadAtOnce = 500;

    private readonly KeptHistory _history = new(kept);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _ofUser = [];
    private int _streams;

    public async Task AnswerAsync(HttpContext http, string userHash, MeasurementDetail measurement, ResultQuery query)
    {
        if (!TryBegin(userHash))
        {
            await RefusedAnswer.WriteAsync(http.Response, StatusCodes.Status429TooManyRequests,
                $"too many live streams at a time: {options.MaxStreamsPerUser} of a user and {options.MaxStreams} of all are possible");
            return;
        }
        try
        {
            await StreamAsync(http.Response, measurement, query.Cursor, http.RequestAborted);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has gone away, which is how most streams end.
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
        using var reader = kept.Open(measurement.Summary.Id);
        bool isMissing = reader.MayMissBeginning(cursor, measurement.Summary.StartedAt);
        while (true)
        {
            // Asked before the replies are read: what comes before the end is in them.
            bool mayComeMore = active.Contains(measurement.Summary.Id);
            var page = reader.Read(cursor, ReadAtOnce);
            if (page.IsMissing)
                metrics.OnMissed();
            if (page.IsMissing || isMissing)
                Write(response.BodyWriter, "event: missing\ndata: {}\n\n");
            isMissing = false;
            foreach (var reply in _history.Shown(page).Replies)
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
            int own = _ofUser.GetValueOrDefault(userHash);
            if (own == options.MaxStreamsPerUser || _streams == options.MaxStreams)
                return false;
            _ofUser[userHash] = own + 1;
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
            if (--_ofUser[userHash] is 0)
                _ofUser.Remove(userHash);
        }
        metrics.OnStreams(-1);
    }

    private static void Write(IBufferWriter<byte> output, string text) => Encoding.UTF8.GetBytes(text, output);
}
