using System.Net;
using System.Net.Sockets;
using System.Text;
using Load.Send;
using Microsoft.Extensions.Logging.Abstractions;
using Pesto.Listen;
using Pesto.Pipeline;
using Shared.Hosting.Flags;
using Shared.Records.Batch;

namespace Pesto.Tests.Metrics;

public sealed class PestoMetricsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Every_place_where_a_datagram_can_go_is_counted_and_they_add_up()
    {
        var listen = new ListenOptions { Allow = [FlagText.Prefix("127.0.0.0/30")], MaxExporters = 1 };
        await using var service = await StartAsync(new PestoOptions { Listen = listen });
        await SendAsync(service, "127.0.0.1", [.. Enumerable.Repeat<byte[]>([1, 2, 3], 20)]);
        await SendAsync(service, "127.0.0.2", [.. Enumerable.Repeat<byte[]>([1], 30)]);
        await SendAsync(service, "127.0.0.3", [.. Enumerable.Repeat<byte[]>([], 5)]);
        await SendAsync(service, "127.0.0.4", [.. Enumerable.Repeat<byte[]>([9], 7)]);
        var series = await UntilAsync(service, "pesto_socket_datagrams_total{socket=\"0\"} 62");
        Assert.Contains("pesto_socket_octets_total{socket=\"0\"} 97", series);
        Assert.Contains("pesto_socket_drops_total{socket=\"0\"} 0", series);
        Assert.Contains("pesto_refused_total{reason=\"not_allowed\"} 7", series);
        Assert.Contains("pesto_refused_total{reason=\"empty\"} 5", series);
        Assert.Contains("pesto_queue_drops_total 0", series);
        Assert.Contains("pesto_datagrams_failed_total 0", series);
        Assert.Contains("pesto_exporter_datagrams_total{exporter=\"127.0.0.1\"} 20", series);
        Assert.Contains("pesto_exporter_datagrams_total{exporter=\"other\"} 30", series);
        Assert.Equal(2, series.Count(line => line.StartsWith("pesto_exporter_datagrams_total{", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Series_of_several_sockets_stay_within_the_limit_together()
    {
        await using var service = await StartAsync(new PestoOptions { Listen = new ListenOptions { Sockets = 3, MaxExporters = 2 } });
        for (int i = 1; i <= 12; i++)
            await SendAsync(service, $"127.0.0.{i}", [[1]]);
        var series = await UntilAsync(service, null);
        Assert.Equal(12, series.Where(line => line.StartsWith("pesto_exporter_datagrams_total{", StringComparison.Ordinal))
            .Sum(line => int.Parse(line.Split(' ')[1], null)));
        Assert.Equal(3, series.Count(line => line.StartsWith("pesto_exporter_datagrams_total{", StringComparison.Ordinal)));
        Assert.Equal(3, series.Count(line => line.StartsWith("pesto_socket_receive_buffer_bytes{", StringComparison.Ordinal)));

        async Task<IReadOnlyList<string>> UntilAsync(PestoService service, string? _) => await PestoMetricsTests.UntilAsync(
            service,
            lines => lines.Where(line => line.StartsWith("pesto_socket_datagrams_total{", StringComparison.Ordinal))
                .Sum(line => int.Parse(line.Split(' ')[1], null)) == 12);
    }

    [Fact]
    public async Task Numbers_stay_when_the_listener_has_ended()
    {
        var service = await StartAsync(new PestoOptions());
        await SendAsync(service, "127.0.0.1", [[1], [2]]);
        await service.StopAsync();
        Assert.Contains("pesto_socket_datagrams_total{socket=\"0\"} 2", await ScrapeAsync(service));
    }

    [Fact]
    public async Task Datagrams_for_which_no_batch_is_free_are_dropped_whole_and_counted_exactly()
    {
        const int further = 25;
        var sink = new HeldBatches();
        var batches = new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, BatchesPerShard = 2, Shards = 1 };
        await using var service = await StartAsync(new PestoOptions { Batches = batches }, sink);
        using var exporter = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await exporter.ConnectAsync(service.SFlowEndPoint!, TestContext.Current.CancellationToken);
        uint sent = 0;
        // Sends until both batches are full.
        IReadOnlyList<string> series;
        do
        {
            for (int i = 0; i < 100; i++)
                exporter.Send(SFlowSender.Datagram(sent++));
            series = await UntilAsync(service, $"pesto_socket_datagrams_total{{socket=\"0\"}} {sent}");
        }
        while (Value(series, "pesto_queue_drops_total") == 0);
        long drops = Value(series, "pesto_queue_drops_total"), taken = Value(series, "pesto_sflow_datagrams_total{status=\"success\"}");
        Assert.Equal(sent, drops + taken);
        for (int i = 0; i < further; i++)
            exporter.Send(SFlowSender.Datagram(sent++));
        series = await UntilAsync(service, $"pesto_socket_datagrams_total{{socket=\"0\"}} {sent}");
        Assert.Equal(drops + further, Value(series, "pesto_queue_drops_total"));
        Assert.Equal(taken, Value(series, "pesto_sflow_datagrams_total{status=\"success\"}"));

        sink.LetGo();
        exporter.Send(SFlowSender.Datagram(sent));
        series = await UntilAsync(service, $"pesto_sflow_datagrams_total{{status=\"success\"}} {taken + 1}");
        Assert.Equal(drops + further, Value(series, "pesto_queue_drops_total"));
        Assert.Equal((taken + 1) * SFlowSender.SamplesPerDatagram, Value(series, "pesto_records_decoded_total{topic=\"pesto-sflow\"}"));
        Assert.Equal(0, Value(series, "pesto_records_unaccounted{topic=\"pesto-sflow\"}"));
    }

    [Fact]
    public async Task Datagrams_that_are_no_sFlow_are_parse_errors_and_counted_exactly()
    {
        await using var service = await StartAsync(new PestoOptions());
        await SendAsync(service, "127.0.0.1", [.. Enumerable.Range(0, 10).Select(i => SFlowSender.Datagram((uint)i))]);
        await SendAsync(service, "127.0.0.1", [[], [5], new byte[27], new byte[28], new byte[65_507], SFlowSender.Datagram(10)]);
        var series = await UntilAsync(service, "pesto_socket_datagrams_total{socket=\"0\"} 16");
        Assert.Equal(11, Value(series, "pesto_sflow_datagrams_total{status=\"success\"}"));
        Assert.Equal(4, Value(series, "pesto_sflow_datagrams_total{status=\"parse_error\"}"));
        Assert.Equal(1, Value(series, "pesto_refused_total{reason=\"empty\"}"));
        Assert.Equal(11 * SFlowSender.SamplesPerDatagram, Value(series, "pesto_sflow_samples_total"));
        Assert.Equal(11 * SFlowSender.SamplesPerDatagram, Value(series, "pesto_sflow_samples_received_total{type=\"flow\"}"));
    }

    private static long Value(IReadOnlyList<string> series, string name) =>
        long.Parse(
            series.Single(line => line.StartsWith($"{name} ", StringComparison.Ordinal)).Split(' ')[1],
            System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<PestoService> StartAsync(PestoOptions options, IBatchSink? sink = null)
    {
        var anywhere = new HostPort("127.0.0.1", 0);
        options = options with { Listen = options.Listen with { Address = anywhere }, MetricsAddress = anywhere, CollectorId = "test" };
        return await PestoService.StartAsync(
            options, NullLoggerFactory.Instance, TimeProvider.System, _ => sink ?? new MemorySink(), TestContext.Current.CancellationToken);
    }

    private static async Task SendAsync(PestoService service, string from, byte[][] datagrams)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(service.SFlowEndPoint!, TestContext.Current.CancellationToken);
        foreach (byte[] datagram in datagrams)
            socket.Send(datagram.AsSpan());
    }

    private static Task<IReadOnlyList<string>> UntilAsync(PestoService service, string line) =>
        UntilAsync(service, lines => lines.Contains(line));

    private static async Task<IReadOnlyList<string>> UntilAsync(PestoService service, Func<IReadOnlyList<string>, bool> isReached)
    {
        using var bound = new CancellationTokenSource(Patience);
        while (true)
        {
            var lines = await ScrapeAsync(service);
            if (isReached(lines))
                return lines;
            bound.Token.ThrowIfCancellationRequested();
        }
    }

    private static async Task<IReadOnlyList<string>> ScrapeAsync(PestoService service)
    {
        using var page = new MemoryStream();
        await service.Registry.CollectAndExportAsTextAsync(page, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(page.ToArray()).Split('\n');
    }
}
