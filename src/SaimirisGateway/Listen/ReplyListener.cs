using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;
using Shared.Hosting;

namespace SaimirisGateway.Listen;

/// <summary><c>POST /agent-api/agent/{id}/replies</c> on every address of the gateway.</summary>
internal sealed class ReplyListener(ReplyContext context, AgentKeys keys, ILoggerFactory logging) : IAsyncDisposable
{
    private const string RouteStart = "/agent-api/agent/", RouteEnd = "/replies";
    private const string CapnProtoType = "application/vnd.capnproto", PcapType = "application/vnd.tcpdump.pcap";

    // One stream of a connection may have a batch or so under way.
    private const int Http2Window = 1 << 20;

    private readonly List<KestrelEndpoint> _endpoints = [];
    private TlsDoor? _door;

    /// <summary>Where agents connect, as the flags' order has it: clear text, HTTP/2, TLS.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => [.. _endpoints.Select(endpoint => endpoint.Bound)];

    /// <exception cref="StartupException">An address cannot be listened on, or a file cannot be used.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        keys.Load();
        try
        {
            await OpenAllAsync(context.Options, cancel);
        }
        catch (StartupException)
        {
            await StopAsync(cancel);
            throw;
        }
    }

    /// <summary>Accepts nothing more; bodies that are not answered when the token says so are cut off.</summary>
    public Task StopAsync(CancellationToken abort)
    {
        var stopping = _endpoints.Select(endpoint => endpoint.StopAsync(abort)).ToArray();
        _endpoints.Clear();
        return Task.WhenAll(stopping);
    }

    public ValueTask DisposeAsync() => _door?.DisposeAsync() ?? default;

    private async Task OpenAllAsync(GatewayOptions options, CancellationToken cancel)
    {
        await OpenAsync("--address", options.Address, listen => listen.Protocols = HttpProtocols.Http1, cancel);
        if (options.Http2Address is { } http2)
            await OpenAsync("--http2-address", http2, listen => listen.Protocols = HttpProtocols.Http2, cancel);
        if (options.TlsAddress is { } tls)
        {
            _door = new TlsDoor(options, context.Metrics, context.Logger, context.Time);
            await OpenAsync("--tls-address", tls, listen => listen.UseHttps(_door.Handshake), cancel);
        }
    }

    private async Task OpenAsync(string flag, HostPort address, Action<ListenOptions> connections, CancellationToken cancel) =>
        _endpoints.Add(await KestrelEndpoint.StartAsync(flag, address, logging, new KestrelSetup
        {
            Server = server =>
            {
                // Bodies go on for as long as there are replies: what waits is bounded, and so is how long nothing may come.
                server.Limits.MaxRequestBodySize = null;
                server.Limits.Http2.InitialStreamWindowSize = Http2Window;
                server.Limits.Http2.InitialConnectionWindowSize = 2 * Http2Window;
            },
            Connections = connections,
            Http = AnswerAsync,
        }, cancel));

    private async Task AnswerAsync(HttpContext http)
    {
        if (!TryReadRoute(http.Request.Path.Value ?? "", out string id))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        var answer = Refuse(http.Request, id, out var options) ?? await TakeAsync(http, id, options!);
        if (answer is not null)
            await answer.WriteAsync(http.Response);
    }

    // Whoever has no key learns nothing else.
    private ReplyAnswer? Refuse(HttpRequest request, string id, out ReplyOptions? options)
    {
        options = null;
        ReplyAnswer? refusal = null;
        if (!IsAuthorized(request, id))
        {
            context.Metrics.OnUnauthorized();
            refusal = new ReplyAnswer(StatusCodes.Status401Unauthorized, "the Authorization header has to be 'Bearer' and the key of this agent");
        }
        else if (!HttpMethods.IsPost(request.Method))
            refusal = new ReplyAnswer(StatusCodes.Status405MethodNotAllowed, "replies are sent by POST") { Allow = "POST" };
        else if (FormatOf(request.ContentType) is not { } format)
            refusal = new ReplyAnswer(StatusCodes.Status415UnsupportedMediaType, $"Content-Type has to be {CapnProtoType} or {PcapType}");
        else if (!ReplyUpload.IsKnown(request.Headers.ContentEncoding.ToString()))
            refusal = new ReplyAnswer(StatusCodes.Status415UnsupportedMediaType, "Content-Encoding has to be gzip or br, or none");
        else if (!TryReadCaracalId(request, out ushort? caracalId))
            refusal = new ReplyAnswer(StatusCodes.Status400BadRequest, $"caracal-id has to be a number from 0 to {ushort.MaxValue}");
        else
            options = new ReplyOptions { Format = format, CaracalId = caracalId ?? context.Options.CaracalId };
        if (refusal is not null)
            context.Metrics.OnAnswered(refusal.Status);
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

    private bool IsAuthorized(HttpRequest request, string id)
    {
        const string scheme = "Bearer ";
        string given = request.Headers.Authorization.ToString();
        return given.StartsWith(scheme, StringComparison.Ordinal) && keys.IsKeyOf(id, given.AsSpan(scheme.Length));
    }

    private static bool TryReadRoute(string path, out string id)
    {
        id = path.StartsWith(RouteStart, StringComparison.Ordinal) && path.EndsWith(RouteEnd, StringComparison.Ordinal) && path.Length > RouteStart.Length + RouteEnd.Length
            ? path[RouteStart.Length..^RouteEnd.Length]
            : "";
        return id.Length > 0 && !id.Contains('/') && Encoding.UTF8.GetByteCount(id) <= AgentState.MaxIdBytes;
    }

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
