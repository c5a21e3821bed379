using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Prometheus;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;

namespace Shared.Hosting.Metrics;

/// <summary>
/// The HTTP endpoint of a service: <c>/metrics</c> (and, as ever, any other path) is the Prometheus text exposition,
/// <c>/health</c> says OK, <c>/livez</c> that the process serves, <c>/readyz</c> whether it does its work: 503 and why not.
/// </summary>
/// <param name="prefix">The service's name, without the underscore.</param>
/// <param name="address">Where to listen.</param>
/// <param name="registry">The service's own metrics.</param>
/// <param name="notReady">Reasons why the service is not ready, one line each; none when it is.</param>
/// <param name="logging">Takes Kestrel's own log lines.</param>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds memory only")]
public sealed class MetricsServer(string prefix, HostPort address, CollectorRegistry registry, Func<IEnumerable<string>> notReady, ILoggerFactory logging)
{
    // Scrapers are few; whoever opens more waits for nothing and is closed.
    private const int MaxConnections = 100;

    // A scrape is one moment: the next one's numbers must not get among those that are being written.
    private readonly SemaphoreSlim _scrape = new(1);
    private KestrelEndpoint? _endpoint;

    /// <summary>Where it listens; null when it does not.</summary>
    public IPEndPoint? EndPoint => _endpoint?.Bound;

    /// <exception cref="StartupException">The address cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        var ready = Prometheus.Metrics.WithCustomRegistry(registry).CreateGauge($"{prefix}_ready", "1 while the service does its work, 0 while /readyz says why not.");
        registry.AddBeforeCollectCallback(() => ready.Set(notReady().Any() ? 0 : 1));
        var setup = new KestrelSetup
        {
            Server = server =>
            {
                server.Limits.MaxConcurrentConnections = MaxConnections;
                server.Limits.MaxRequestBodySize = 0;
            },
            Http = AnswerAsync,
        };
        _endpoint = await KestrelEndpoint.StartAsync("--metrics-address", address, logging, setup, cancel);
    }

    public Task StopAsync(CancellationToken abort) => _endpoint?.StopAsync(abort) ?? Task.CompletedTask;

    private Task AnswerAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = "GET, HEAD";
            return Task.CompletedTask;
        }
        return context.Request.Path.Value switch
        {
            "/health" => WriteAsync(context.Response, StatusCodes.Status200OK, "OK"),
            "/livez" => WriteAsync(context.Response, StatusCodes.Status200OK, "ok"),
            "/readyz" => WriteReadinessAsync(context.Response),
            _ => ExposeAsync(context),
        };
    }

    private Task WriteReadinessAsync(HttpResponse response)
    {
        string reasons = string.Join('\n', notReady());
        return reasons.Length == 0
            ? WriteAsync(response, StatusCodes.Status200OK, "ok")
            : WriteAsync(response, StatusCodes.Status503ServiceUnavailable, reasons);
    }

    private async Task ExposeAsync(HttpContext context)
    {
        using var text = new MemoryStream();
        await _scrape.WaitAsync(context.RequestAborted);
        try
        {
            await registry.CollectAndExportAsTextAsync(text, context.RequestAborted);
        }
        finally
        {
            _scrape.Release();
        }
        context.Response.ContentType = PrometheusConstants.TextContentTypeWithVersionAndEncoding;
        await context.Response.Body.WriteAsync(text.GetBuffer().AsMemory(0, (int)text.Length), context.RequestAborted);
    }

    private static Task WriteAsync(HttpResponse response, int status, string text)
    {
        response.StatusCode = status;
        response.ContentType = "text/plain; charset=utf-8";
        return response.WriteAsync(text);
    }
}
