using System.Buffers;
using Microsoft.AspNetCore.Http;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Replies.Results;

/// <summary>
/// Writes one reply a line, from the cursor to the last reply. The header <c>Replies-Missing: true</c> says that the beginning is missing.
/// </summary>
internal static class LinesAnswer
{
    private const string MissingHeader = "Replies-Missing";

    /// <exception cref="HistoryException">Replies were dropped before they could be written, or cannot be read.</exception>
    public static async Task WriteAsync(
        HttpResponse response, IReplyHistory history, MeasurementDetail measurement, ResultQuery query, CancellationToken cancel)
    {
        bool hasMore = true;
        while (hasMore)
        {
            var page = await history.ReadAsync(measurement, query.Cursor, MeasurementResults.MaxLimit, cancel);
            if (response.HasStarted && page.IsMissing)
                throw new HistoryException("replies were dropped faster than the client took them");
            if (!response.HasStarted)
            {
                response.ContentType = ReplyForms.Ndjson;
                response.Headers[MissingHeader] = page.IsMissing ? "true" : "false";
            }
            foreach (var reply in page.Replies)
            {
                query.Cursor.Advance(reply.AgentId, reply.EpochNs, reply.Sequence);
                response.BodyWriter.Write(reply.Utf8.Span);
                response.BodyWriter.Write("\n"u8);
            }
            await response.BodyWriter.FlushAsync(cancel);
            hasMore = page.HasMore;
        }
    }
}
