using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Shared.Hosting.Flags;
using Shared.Hosting.Metrics;

namespace Shared.Tests.Hosting.Metrics;

public sealed class MetricsServerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_path_answers_as_it_should()
    {
        var registry = Prometheus.Metrics.NewCustomRegistry();
        Prometheus.Metrics.WithCustomRegistry(registry).CreateCounter("the_counter", "Counts.").Inc(3);
        string[] reasons = [];
        var server = await MetricsServer.StartAsync(
            "the", new HostPort("127.0.0.1", 0), registry, () => reasons, NullLoggerFactory.Instance, Cancel);
        using var client = new HttpClient { BaseAddress = new Uri($"http://{server.Bound}") };

        foreach (string path in new[] { "/metrics", "/", "/anything/else" })
        {
            using var response = await client.GetAsync(new Uri(path, UriKind.Relative), Cancel);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
            Assert.Contains("\nthe_counter 3\n", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
        var metrics = new Uri("/metrics", UriKind.Relative);
        Assert.Equal((HttpStatusCode.OK, "OK"), await GetAsync(client, "/health"));
        Assert.Equal((HttpStatusCode.OK, "ok"), await GetAsync(client, "/livez"));
        Assert.Equal((HttpStatusCode.OK, "ok"), await GetAsync(client, "/readyz"));
        Assert.Contains("\nthe_ready 1\n", await client.GetStringAsync(metrics, Cancel), StringComparison.Ordinal);
        reasons = ["no broker", "no room"];
        Assert.Contains("\nthe_ready 0\n", await client.GetStringAsync(metrics, Cancel), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "no broker\nno room"), await GetAsync(client, "/readyz"));
        Assert.Equal((HttpStatusCode.OK, "ok"), await GetAsync(client, "/livez"));
        using var post = await client.PostAsync(metrics, null, Cancel);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
        await server.StopAsync(Cancel);
    }

    private static async Task<(HttpStatusCode, string)> GetAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
