using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using SaimirisGateway.Auth;
using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Replies.Listen;

/// <summary><c>POST /agent-api/agent/{id}/replies</c>.</summary>
internal sealed class ReplyListener(ReplyContext context, AgentKeys keys)
{
    private const string CapnProtoType = "application/vnd.capnproto", PcapType = "application/vnd.tcpdump.pcap";

    /// <param name="id">Of the route.</param>
    public async Task AnswerAsync(string id, HttpContext http)
    {
        if (Encoding.UTF8.GetByteCount(id) > AgentState.MaxIdBytes)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        ReplyOptions? options = null;
        var answer = await IsAuthorizedAsync(http, id) ? Refuse(http.Request, out options) : Unauthorized();
        if (answer is not null)
            context.Metrics.OnAnswered(answer.Status);
        answer ??= await TakeAsync(http, id, options!);
        if (answer is not null)
            await answer.WriteAsync(http.Response);
    }

    // Whoever has no key learns nothing else.
    private ReplyAnswer Unauthorized()
    {
        context.Metrics.OnUnauthorized();
        return new ReplyAnswer(StatusCodes.Status401Unauthorized, "the Authorization header has to be 'Bearer' and the key of this agent");
    }

    private ReplyAnswer? Refuse(HttpRequest request, out ReplyOptions? options)
    {
        options = null;
        ReplyAnswer? refusal = null;
        if (!HttpMethods.IsPost(request.Method))
            refusal = new ReplyAnswer(StatusCodes.Status405MethodNotAllowed, "replies are sent by POST") { Allow = "POST" };
        else if (FormatOf(request.ContentType) is not { } format)
            refusal = new ReplyAnswer(StatusCodes.Status415UnsupportedMediaType, $"Content-Type has to be {CapnProtoType} or {PcapType}");
        else if (!ReplyUpload.IsKnown(request.Headers.ContentEncoding.ToString()))
            refusal = new ReplyAnswer(StatusCodes.Status415UnsupportedMediaType, "Content-Encoding has to be gzip or br, or none");
        else if (!TryReadCaracalId(request, out ushort? caracalId))
            refusal = new ReplyAnswer(StatusCodes.Status400BadRequest, $"caracal-id has to be a number from 0 to {ushort.MaxValue}");
        else
            options = new ReplyOptions { Format = format, CaracalId = caracalId ?? context.Options.CaracalId };
        return refusal;
    }

    private async Task<ReplyAnswer?> TakeAsync(HttpContext http, string id, ReplyOptions options)
    {
        if (!context.Agents.TryBegin(id, out var agent))
        {
            context.Metrics.OnAnswered(StatusCodes.Status429TooManyRequests);
            return new ReplyAnswer(StatusCodes.Status429TooManyRequests, "too many bodies at a time: send this one later");
        }
        // The server's own idea of a slow body is 240 octets a second; an agent that waits for replies is slower, and has an idle timeout.
        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        context.Metrics.OnOpened();
        using var upload = new ReplyUpload(context, agent, options);
        ReplyAnswer? answer = null;
        try
        {
            return answer = await upload.RunAsync(http.Request, http.Request.Headers.ContentEncoding.ToString(), http.RequestAborted);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The agent has gone away: there is nobody to answer.
            return null;
        }
        finally
        {
            context.Agents.End(agent);
            context.Metrics.OnClosed(answer?.Status ?? 0, upload.Counters, upload.Malformed);
            Log(id, answer, upload);
        }
    }

    private void Log(string id, ReplyAnswer? answer, ReplyUpload upload)
    {
        context.Logger.BodyEnded(id, answer?.Status ?? 0, upload.Counters.Accepted, upload.Counters.Records);
        var lines = context.Metrics.MalformedLines;
        if (lines.TryTakeLeftOut(out long leftOut))
            context.Logger.MalformedLinesLeftOut(leftOut);
        if (upload.Malformed is { } reason && lines.TryTake())
            context.Logger.BodyMalformed(id, reason, answer?.Offset ?? 0, upload.Counters.Accepted);
    }

    private async ValueTask<bool> IsAuthorizedAsync(HttpContext http, string id) =>
        AgentAuthentication.KeyOf(http.Request) is { } key && await keys.MaySendRepliesAsync(id, key, http.RequestAborted);

    private static ReplyFormat? FormatOf(string? contentType) => (contentType ?? "").Split(';')[0].Trim().ToLowerInvariant() switch
    {
        CapnProtoType => ReplyFormat.CapnProto,
        PcapType => ReplyFormat.Pcap,
        _ => null,
    };

    private static bool TryReadCaracalId(HttpRequest request, out ushort? caracalId)
    {
        caracalId = null;
        if (!request.Query.TryGetValue("caracal-id", out var text))
            return true;
        bool isNumber = ushort.TryParse(text.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out ushort number);
        caracalId = number;
        return isNumber;
    }
}
