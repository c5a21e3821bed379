using Risotto.Curate;
using Shared.Records.Batch;

namespace Risotto.Tests.Listen;

/// <summary>Two connections of one router at the whole service.</summary>
public sealed class TwoSessionsTests
{
    private static readonly byte[] Table = new BmpStream().Initiation().PeerUp("192.0.2.9").Announce("192.0.2.9", 1, 1).Bytes;

    private static readonly RisottoOptions Curated = Collector.LoopbackOptions with { Curation = new CurationOptions() };

    [Fact]
    public async Task When_the_newer_one_ends_the_idle_older_one_is_closed_with_one_line_and_nothing_is_withdrawn()
    {
        await using var collector = await Collector.StartAsync(Curated);
        using var first = await collector.ConnectAsync();
        await first.SendAsync(Table);
        await AwaitMessagesAsync(collector, 1);
        using (var second = await collector.ConnectAsync())
        {
            await second.SendAsync(Table);
            await AwaitMessagesAsync(collector, 2);
        }
        var closed = Collector.AwaitCloseAsync(first);
        await Collector.UntilAsync(() =>
        {
            collector.Time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(closed.IsCompleted);
        });
        await closed;
        await Collector.UntilAsync(async () =>
            (await collector.MetricsAsync("risotto_session_closed_total")).Contains(
                "risotto_session_closed_total{reason=\"superseded\"} 1"));
        Assert.Single(collector.Log.Infos, line => line.Contains("reports everything again", StringComparison.Ordinal));
        Assert.Equal("0", await SyntheticAsync(collector));

        // Its router connects again.
        using var third = await collector.ConnectAsync();
        await third.SendAsync(Table);
        await AwaitMessagesAsync(collector, 1);
        await collector.Service.StopAsync();
        Assert.Equal(1, ((MemorySink)collector.Sink).Batches.Sum(batch => batch.Records));
    }

    [Fact]
    public async Task After_a_Termination_the_collector_closes_the_connection()
    {
        await using var collector = await Collector.StartAsync(Curated);
        using var socket = await collector.ConnectAsync();
        // Reason 0, administratively closed (RFC 7854 4.5).
        await socket.SendAsync((byte[])[.. Table, 3, 0, 0, 0, 12, 5, 0, 1, 0, 2, 0, 0, .. Table]);
        await Collector.AwaitCloseAsync(socket);
        await Collector.UntilAsync(async () =>
            (await collector.MetricsAsync("risotto_session_closed_total")).Contains(
                "risotto_session_closed_total{reason=\"termination\"} 1"));
        Assert.Equal("0", await SyntheticAsync(collector));
        Assert.Empty(collector.Log.Warnings);
    }

    private static async Task<string> SyntheticAsync(Collector collector) =>
        (await collector.MetricsAsync("risotto_synthetic_withdraws_total")).Sum(line =>
            long.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture)).ToString(
                System.Globalization.CultureInfo.InvariantCulture);

    private static Task AwaitMessagesAsync(Collector collector, int messages) => Collector.UntilAsync(async () =>
        (await collector.MetricsAsync("risotto_bmp_messages_total")).Contains(
            $"risotto_bmp_messages_total{{router=\"127.0.0.1\",type=\"route_monitoring\"}} {messages}"));
}
