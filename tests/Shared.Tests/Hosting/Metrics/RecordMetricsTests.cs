using System.Text;
using Prometheus;
using Shared.Hosting.Metrics;
using Shared.Records.Batch;
using Shared.Tests.Records.Batch;

namespace Shared.Tests.Hosting.Metrics;

public class RecordMetricsTests
{
    [Fact]
    public async Task Each_topic_has_its_accounts_under_the_services_prefix()
    {
        var registry = Prometheus.Metrics.NewCustomRegistry();
        var accounts = new RecordAccounts();
        _ = new RecordMetrics("pesto", registry, accounts);
        var first = accounts.GetOrAdd("a", 0);
        first.Decoded = 100;
        first.Synthetic = 10;
        first.Suppressed = 5;
        first.Recover(7);
        first.Move(RecordState.Input, RecordState.InFlight, 90);
        first.Move(RecordState.InFlight, RecordState.Spooled, 40);
        first.Move(RecordState.Spooled, RecordState.Acked, 20);
        first.Reject(RecordState.InFlight, "too_large", 3);
        first.Drop(RecordState.Input, "session_aborted", 4);
        accounts.GetOrAdd("a", 1).Decoded = 1;
        accounts.GetOrAdd("b", 0).Decoded = 2;

        string text = await ScrapeAsync(registry);
        string[] expected =
        [
            "decoded_total{topic=\"a\"} 101", "synthetic_total{topic=\"a\"} 10", "recovered_total{topic=\"a\"} 7",
            "suppressed_total{topic=\"a\"} 5", "acked_total{topic=\"a\"} 20", "in_flight{topic=\"a\"} 47", "spooled{topic=\"a\"} 27",
            "rejected_total{topic=\"a\",reason=\"too_large\"} 3", "dropped_total{topic=\"a\",reason=\"session_aborted\"} 4",
            "unaccounted{topic=\"a\"} 12", "decoded_total{topic=\"b\"} 2", "unaccounted{topic=\"b\"} 2",
        ];
        Assert.All(expected, line => Assert.Contains($"\npesto_records_{line}\n", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_equation_holds_in_every_scrape_while_records_are_on_their_way()
    {
        var registry = Prometheus.Metrics.NewCustomRegistry();
        var accounts = new RecordAccounts();
        _ = new RecordMetrics("pesto", registry, accounts);
        var sink = new MemorySink();
        var output = new TopicWriter("t", NumberedRecords.Options(shards: 4), sink, TimeProvider.System, accounts);
        const int records = 20_000;
        var writers = Task.WhenAll(output.Shards.Select(shard => Task.Run(() =>
        {
            for (long number = 0; number < records; number++)
            {
                lock (shard.Gate)
                {
                    shard.Account.Decoded++;
                    Assert.True(NumberedRecords.TryWrite(shard, number));
                }
            }
        }, TestContext.Current.CancellationToken)));
        while (!writers.IsCompleted)
        {
            string text = await ScrapeAsync(registry);
            Assert.Equal(0, Value(text, "unaccounted"));
            Assert.Equal(Value(text, "decoded_total"), Value(text, "acked_total") + Value(text, "in_flight"));
        }
        await writers;
        output.CloseDue(always: true);
        string rest = await ScrapeAsync(registry);
        Assert.Equal(output.Shards.Count * records, Value(rest, "decoded_total"));
        Assert.Equal(output.Shards.Count * records, Value(rest, "acked_total"));
    }

    private static double Value(string text, string name)
    {
        string start = $"pesto_records_{name}{{topic=\"t\"}} ";
        string line = text.Split('\n').Single(line => line.StartsWith(start, StringComparison.Ordinal));
        return double.Parse(line[start.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<string> ScrapeAsync(CollectorRegistry registry)
    {
        using var stream = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(stream, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
