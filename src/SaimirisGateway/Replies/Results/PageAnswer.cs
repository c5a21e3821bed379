using System.Text.Json;
using Microsoft.AspNetCore.Http;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Replies.Results;

/// <summary>
/// Writes <c>{"cursor":text,"measurement_id":id,"missing":bool,"more":bool,"replies":[...],"source":"memory" or "clickhouse"}</c>. The
/// cursor is valid for the next request even when there are no more replies yet.
/// </summary>
internal static class PageAnswer
{
    public static async Task WriteAsync(
        HttpResponse response, IReplyHistory history, MeasurementDetail measurement, ResultQuery query, CancellationToken cancel)
    {
        var page = await history.ReadAsync(measurement, query.Cursor, query.Limit, cancel);
        foreach (var reply in page.Replies)
            query.Cursor.Advance(reply.AgentId, reply.EpochNs, reply.Sequence);
        if (!query.Cursor.HasText)
        {
            await MeasurementResults.RefuseAsync(response.HttpContext, StatusCodes.Status400BadRequest,
                $"replies come from more than {ReplyCursor.MaxPairs} agents and runs of the gateway, which no cursor holds: "
                + $"ask with Accept: {ReplyForms.Ndjson}");
            return;
        }
        response.ContentType = ReplyForms.Json;
        await using var json = new Utf8JsonWriter(response.BodyWriter, ReplyJson.Format);
        json.WriteStartObject();
        json.WriteString("cursor", query.Cursor.ToString());
        json.WriteString("measurement_id", measurement.Summary.Id);
        json.WriteBoolean("missing", page.IsMissing);
        json.WriteBoolean("more", page.HasMore);
        json.WriteStartArray("replies");
        foreach (var reply in page.Replies)
            json.WriteRawValue(reply.Utf8.Span, skipInputValidation: true);
        json.WriteEndArray();
        json.WriteString("source", history.Name);
        json.WriteEndObject();
        await json.FlushAsync(cancel);
        await response.BodyWriter.FlushAsync(cancel);
    }
}
