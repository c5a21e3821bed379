using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Prometheus;
using SaimirisGateway.Agents;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Tests.Api;

public sealed class AgentCleanupTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Agents_without_contact_are_removed_from_the_tenth_minute_on_and_the_gauge_follows()
    {
        var folder = Directory.CreateTempSubdirectory("gateway-cleanup-");
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 8, 20, 10, 0, 0, TimeSpan.Zero));
        var registry = Metrics.NewCustomRegistry();
        await using (var store = DatabaseUrl.Parse($"sqlite:{folder.FullName}/gateway.db").OpenStore(clock))
        {
            await store.MigrateAsync(Cancel);
            // Both were last seen long ago: the gateway was down, and they could not report.
            var before = clock.GetUtcNow() - TimeSpan.FromHours(1);
            foreach (string id in (string[])["never-well", "well"])
                await store.RegisterAgentAsync(id, new byte[32], before, Cancel);
            await HearOfAsync(store, clock);
            using var cleanup = new AgentCleanup(store, new GatewayMetrics(registry), NullLogger.Instance, clock);
            await cleanup.StartAsync();
            await UntilAsync(async () => await ActiveAsync(registry) == 1);
            Assert.NotNull(await store.FindAgentAsync("never-well", Cancel));

            clock.Advance(TimeSpan.FromMinutes(9));
            await HearOfAsync(store, clock);
            clock.Advance(TimeSpan.FromMinutes(2));
            await UntilAsync(async () => await store.FindAgentAsync("never-well", Cancel) is null);
            Assert.NotNull(await store.FindAgentAsync("well", Cancel));

            clock.Advance(TimeSpan.FromMinutes(9));
            await UntilAsync(async () => await ActiveAsync(registry) == 0);
            await cleanup.StopAsync(Cancel);
        }
        folder.Delete(recursive: true);
    }

    private static Task HearOfAsync(GatewayStore store, FakeTimeProvider clock) =>
        store.SetAgentHealthAsync("well", new AgentHealth(true, clock.GetUtcNow(), null), clock.GetUtcNow(), Cancel);

    private static async Task<int> ActiveAsync(CollectorRegistry registry)
    {
        using var text = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(text, Cancel);
        string line = System.Text.Encoding.UTF8.GetString(text.ToArray()).Split('\n')
            .Single(line => line.StartsWith("saimiris_gateway_agents_active ", StringComparison.Ordinal));
        return int.Parse(line.Split(' ')[1], null);
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (!await isSo())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
