using BrokerProcess;
using Confluent.Kafka;
using Load.Send;

namespace EndToEnd.Tests.Faults;

/// <summary>Tests an outage of the broker while exporters send: UDP cannot wait, so memory and spool have to take the records.</summary>
[Collection(nameof(FullLoad))]
public sealed class SFlowOutageTests : IDisposable
{
    private const string Topic = "pesto-sflow";
    private const int Partitions = 8, Rate = 2000;

    // The kernel's smallest buffer holds this number of datagrams. No more are under way, even if the collector reads late.
    private const int MostOnTheirWay = 50;

    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(2), Outage = TimeSpan.FromSeconds(6), Patience = TimeSpan.FromMinutes(5);

    private readonly string _spool = Directory.CreateTempSubdirectory("pesto-spool-").FullName;

    public void Dispose() => Directory.Delete(_spool, recursive: true);

    [Fact]
    public async Task An_outage_costs_no_datagram_and_the_accounts_balance_all_the_way()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var client = new HttpClient();
        using var broker = new ExternalBroker($"{Topic}:{Partitions}");
        await using var pesto = await PestoProcess.StartAsync("--kafka-brokers", broker.Bootstrap, "--spool-dir", _spool,
            "--kafka-compression", "zstd");
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        long arrived = 0;
        var reader = Task.Run(() => Read(broker.Bootstrap, records => Interlocked.Add(ref arrived, records), reading.Token),
            CancellationToken.None);
        long taken = 0;
        var looking = Task.Run(
            async () =>
            {
                while (!reading.IsCancellationRequested)
                    Volatile.Write(ref taken,
                        (long)(await MetricsPage.GetAsync(client, pesto.Metrics, cancel))["pesto_socket_datagrams_total"]);
            }, CancellationToken.None);
        await using var sender = new SFlowSender(exporters: 20) { Allowed = () => Volatile.Read(ref taken) + MostOnTheirWay };
        sender.Start(pesto.SFlow, Rate);
        await LetGoByAsync(Steady, cancel);
        broker.SetDown();
        await LetGoByAsync(Outage, cancel);
        var during = await AccountsAsync();
        broker.SetUp();
        await LetGoByAsync(Steady, cancel);
        await sender.StopAsync();

        var rest = await AccountsAsync();
        await Eventually.TrueAsync(
            async () => (rest = await AccountsAsync()) is { IsAtRest: true } && rest.Decoded >= sender.Records, Patience,
                () => $"{sender.Records} sent, {rest}", cancel);
        await Eventually.TrueAsync(() => Task.FromResult(Interlocked.Read(ref arrived) >= rest.Acked), Patience,
            () => $"{rest.Acked} acknowledged, {arrived} arrived", cancel);
        await reading.CancelAsync();
        await reader;
        await looking;
        var page = await MetricsPage.GetAsync(client, pesto.Metrics, cancel);
        FaultRun.Say($"{sender.Records} records sent, {during.Spooled} spooled at the outage's end, {arrived} arrived; {rest}");
        Assert.True(during.IsBalanced, during.ToString());
        Assert.True(during.Spooled > 0, during.ToString());
        Assert.True(rest.IsBalanced, rest.ToString());
        Assert.Equal(sender.Records, rest.Acked);
        Assert.Equal(sender.Datagrams, page["pesto_socket_datagrams_total"]);
        Assert.Equal(sender.Datagrams, page["pesto_sflow_datagrams_total", "status=\"success\""]);
        Assert.Equal(0, page["pesto_socket_drops_total"] + page["pesto_queue_drops_total"]);
        Assert.Equal(sender.Records, page["pesto_sflow_records_total"]);

        Task<RecordAccounts> AccountsAsync() => RecordAccounts.GetAsync(client, pesto.Metrics, Topic, cancel, "pesto");
    }

    // A message of one segment has 8 bytes, then as many words as the number in its bytes 4 to 7.
    private static void Read(string bootstrap, Action<long> onRecords, CancellationToken cancel)
    {
        using var consumer = new ConsumerBuilder<Ignore,
            byte[]>(new ConsumerConfig { BootstrapServers = bootstrap, GroupId = "count", EnableAutoCommit = false })
            .SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(partition => new TopicPartitionOffset(Topic, partition, Offset.Beginning)));
        while (!cancel.IsCancellationRequested)
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is not { Message.Value: { } value })
                continue;
            long records = 0;
            for (int at = 0; at < value.Length; records++)
                at += 8 + (8 * BitConverter.ToInt32(value, at + 4));
            onRecords(records);
        }
        consumer.Close();
    }

    // An outage has a length: this waits for nothing but the time.
    private static async Task LetGoByAsync(TimeSpan time, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(time);
        await timer.WaitForNextTickAsync(cancel);
    }
}
