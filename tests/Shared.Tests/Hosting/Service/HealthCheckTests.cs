using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Shared.Hosting.Flags;
using Shared.Hosting.Metrics;
using Shared.Hosting.Service;

namespace Shared.Tests.Hosting.Service;

public sealed class HealthCheckTests
{
    [Theory]
    [InlineData("/app/service\0--metrics-address\0[2001:db8::1]:8080\0", new[] { "--metrics-address", "[2001:db8::1]:8080" })]
    [InlineData("/sbin/docker-init\0--\0/app/service\0-v\0", new[] { "-v" })]
    [InlineData("service\0", new string[0])]
    [InlineData("/sbin/init\0splash\0", new string[0])]
    [InlineData("", new string[0])]
    public void The_service_is_process_1_or_runs_under_one_that_forwards_signals(string commandLine, string[] arguments) =>
        Assert.Equal(arguments, HealthCheck.ServiceArguments("service", commandLine));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    public async Task A_service_that_serves_is_alive_though_it_is_not_ready(string host)
    {
        var server = await MetricsServer.StartAsync(
            "the", new HostPort(host, 0), Prometheus.Metrics.NewCustomRegistry(), () => ["no broker"], NullLoggerFactory.Instance,
            TestContext.Current.CancellationToken);
        Assert.Equal(0, await HealthCheck.RunAsync(new HostPort(host, server.Bound.Port)));
        await server.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_service_that_does_not_answer_is_named()
    {
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }
        var e = await Assert.ThrowsAsync<StartupException>(() => HealthCheck.RunAsync(new HostPort("127.0.0.1", port)));
        Assert.StartsWith($"--healthcheck: http://127.0.0.1:{port}/livez does not answer", e.Message, StringComparison.Ordinal);
    }
}
