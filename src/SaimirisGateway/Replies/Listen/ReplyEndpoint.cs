using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using SaimirisGateway.Agents;
using SaimirisGateway.Auth;
using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Telemetry;
using Shared.Hosting.Logging;

namespace SaimirisGateway.Replies.Listen;

/// <summary>Answers <c>POST /agent-api/agent/{id}/replies</c>.</summary>
internal sealed class ReplyEndpoint(UploadContext context, AgentKeys keys)
{
    public const string CapnProtoType = "application/vnd.capnproto", PcapType = "application/vnd.tcpdump.pcap";

    private readonly LogSampler _malformedLines = new(10, TimeSpan.FromMinutes(1), context.Time);

    /// <param name="id">The agent's id in the route.</param>
    public async Task AnswerAsync(string id, HttpContext http)
    {
        if (Encoding.UTF8.GetByteCount(id) > AgentIdText.MaxBytes)
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

    // A request without a key learns nothing else.
    private ReplyAnswer Unauthorized()
    {
        context.Metrics.OnUnauthorized();
        return new ReplyAnswer(StatusCodes.Status401Unauthorized, "the Authorization header has to be 'Bearer' and the key of this agent");
    }

    private ReplyAnswer? Refuse(HttpRequest request, out ReplyOptions? options)
    {
        options = null;
        if (!HttpMethods.IsPost(request.Method))
            return new ReplyAnswer(StatusCodes.Status405MethodNotAllowed, "replies are sent by POST") { Allow = "POST" };
        if (ReadFormat(request.ContentType) is not { } format)
            return new ReplyAnswer(StatusCodes.Status415UnsupportedMediaType, $"Content-Type has to be {CapnProtoType} or {PcapType}");
        if (!ReplyUpload.IsKnown(request.Headers.ContentEncoding.ToString()))
            return new ReplyAnswer(StatusCodes.Status415UnsupportedMediaType, "Content-Encoding has to be gzip or br, or none");
        if (!TryReadCaracalId(request, out ushort? caracalId))
            return new ReplyAnswer(StatusCodes.Status400BadRequest, $"caracal-id has to be a number from 0 to {ushort.MaxValue}");
        options = new ReplyOptions { Format = format, CaracalId = caracalId ?? context.Options.CaracalId };
        return null;
    }

    private async Task<ReplyAnswer?> TakeAsync(HttpContext http, string id, ReplyOptions options)
    {
        if (!context.Agents.TryBegin(id, out var agent))
        {
            context.Metrics.OnAnswered(StatusCodes.Status429TooManyRequests);
            return new ReplyAnswer(StatusCodes.Status429TooManyRequests, "too many bodies at a time: send this one later");
        }
        // Kestrel gives up a body below 240 bytes a second. An agent that waits for replies is slower; the idle timeout limits it.
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
            // The agent has disconnected: there is nobody to answer.
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
        if (_malformedLines.TryTakeLeftOut(out long leftOut))
            context.Logger.MalformedLinesLeftOut(leftOut);
        if (upload.Malformed is { } reason && _malformedLines.TryTake())
            context.Logger.BodyMalformed(id, reason, answer?.Offset ?? 0, upload.Counters.Accepted);
    }

    private async ValueTask<bool> IsAuthorizedAsync(HttpContext http, string id) =>
        AgentAuthentication.ReadKey(http.Request) is { } key && await keys.MaySendRepliesAsync(id, key, http.RequestAborted);

    private static ReplyFormat? ReadFormat(string? contentType) => (contentType ?? "").Split(';')[0].Trim().ToLowerInvariant() switch
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
