using System.Text;
using Prometheus;
using Shared.Delivery.Kafka;

namespace Shared.Tests.Delivery.Kafka;

public class KafkaMetricsTests
{
    [Fact]
    public async Task Series_have_the_services_prefix_and_are_in_its_registry_only()
    {
        var first = Prometheus.Metrics.NewCustomRegistry();
        var second = Prometheus.Metrics.NewCustomRegistry();
        var metrics = new KafkaMetrics("risotto", first);
        _ = new KafkaMetrics("pesto", second);
        metrics.Submitted();
        metrics.Watch(() => TimeSpan.Zero, () => 7);
        metrics.Delivered(bytes: 700, TimeSpan.FromMilliseconds(3));
        metrics.Ended();
        metrics.Submitted();
        metrics.Failed("Local_MsgTimedOut", isPassing: true);
        metrics.Failed("MsgSizeTooLarge", isPassing: false);
        metrics.Ended();

        string risotto = await ScrapeAsync(first);
        Assert.Contains("\nrisotto_kafka_messages_total{status=\"success\"} 1\n", risotto, StringComparison.Ordinal);
        Assert.Contains("\nrisotto_kafka_messages_total{status=\"failure\"} 2\n", risotto, StringComparison.Ordinal);
        Assert.Contains(
            "\nrisotto_kafka_failures_total{reason=\"Local_MsgTimedOut\",kind=\"passing\"} 1\n", risotto, StringComparison.Ordinal);
        Assert.Contains(
            "\nrisotto_kafka_failures_total{reason=\"MsgSizeTooLarge\",kind=\"permanent\"} 1\n", risotto, StringComparison.Ordinal);
        Assert.Contains("\nrisotto_kafka_retries_total 1\n", risotto, StringComparison.Ordinal);
        Assert.Contains("\nrisotto_kafka_records_total 7\n", risotto, StringComparison.Ordinal);
        Assert.Contains("\nrisotto_kafka_bytes_total 700\n", risotto, StringComparison.Ordinal);
        Assert.Contains("\nrisotto_kafka_in_flight_batches 0\n", risotto, StringComparison.Ordinal);
        Assert.Contains("\nrisotto_kafka_delivery_seconds_bucket{le=\"0.005\"} 1\n", risotto, StringComparison.Ordinal);
        Assert.DoesNotContain("pesto", risotto, StringComparison.Ordinal);
        Assert.Contains("pesto_kafka_messages_total{status=\"success\"} 0\n", await ScrapeAsync(second), StringComparison.Ordinal);
    }

    private static async Task<string> ScrapeAsync(CollectorRegistry registry)
    {
        using var stream = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(stream, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
