using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Prometheus;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;

namespace Shared.Hosting.Metrics;

/// <summary>
/// The HTTP endpoint of a service. <c>/metrics</c>, like any path without another meaning, is the Prometheus text exposition,
/// <c>/health</c> says OK, <c>/livez</c> says that the process serves, and <c>/readyz</c> whether it does its work: 503 and why not.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds memory only")]
public sealed class MetricsServer
{
    // Scrapers are few. A client that opens more connections than this gets them closed.
    private const int MaxConnections = 100;

    // A scrape is one moment: the numbers of the next one must not get among those that are being written.
    private readonly SemaphoreSlim _scrape = new(1);
    private readonly CollectorRegistry _registry;
    private readonly Func<IReadOnlyList<string>> _notReady;

    private MetricsServer(CollectorRegistry registry, Func<IReadOnlyList<string>> notReady) =>
        (_registry, _notReady) = (registry, notReady);

    /// <param name="prefix">The service's name, without the underscore.</param>
    /// <param name="address">Where to listen.</param>
    /// <param name="registry">The service's own metrics.</param>
    /// <param name="notReady">The reasons why the service is not ready, one line each; none when it is.</param>
    /// <param name="logging">Takes Kestrel's own log lines.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StartupException">The address cannot be listened on.</exception>
    public static Task<KestrelEndpoint> StartAsync(
        string prefix, HostPort address, CollectorRegistry registry, Func<IReadOnlyList<string>> notReady, ILoggerFactory logging,
        CancellationToken cancel)
    {
        var ready = Prometheus.Metrics.WithCustomRegistry(registry)
            .CreateGauge($"{prefix}_ready", "1 while the service does its work, 0 while /readyz says why not.");
        registry.AddBeforeCollectCallback(() => ready.Set(notReady().Count > 0 ? 0 : 1));
        return KestrelEndpoint.StartAsync("--metrics-address", address, logging, new KestrelSetup
        {
            Server = server =>
            {
                server.Limits.MaxConcurrentConnections = MaxConnections;
                server.Limits.MaxRequestBodySize = 0;
            },
            Http = new MetricsServer(registry, notReady).AnswerAsync,
        }, cancel);
    }

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
        string reasons = string.Join('\n', _notReady());
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
            await _registry.CollectAndExportAsTextAsync(text, context.RequestAborted);
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
