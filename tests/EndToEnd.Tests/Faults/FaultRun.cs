using System.Net;
using Load.Arrivals;
using Load.Send;

namespace EndToEnd.Tests.Faults;

/// <summary>A collector with a spool, and a consumer that checks its topic. A failed check shows the end of the collector's log.</summary>
internal sealed class FaultRun : IAsyncDisposable
{
    public const string Topic = "risotto-updates";
    public const int Partitions = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string _bootstrap;
    private readonly string _spool;
    private readonly string _topic;
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromMinutes(5) };
    private RisottoProcess? _risotto;

    /// <param name="bootstrap">A broker that has the topic.</param>
    /// <param name="spool">Folder of the spool.</param>
    /// <param name="topic">The topic of the updates.</param>
    public FaultRun(string bootstrap, string spool, string topic = Topic)
    {
        _bootstrap = bootstrap;
        _spool = spool;
        _topic = topic;
        Arrivals = new TopicArrivals(bootstrap, topic, Partitions);
    }

    public TopicArrivals Arrivals { get; }

    /// <summary>The collector that runs, or that ran last.</summary>
    public RisottoProcess Risotto => _risotto!;

    /// <summary>Starts a collector, the next one on the same spool where an earlier one has ended.</summary>
    public async Task StartAsync(params string[] flags)
    {
        if (_risotto is not null)
            await _risotto.DisposeAsync();
        _risotto = await RisottoProcess.StartAsync(["--kafka-brokers", _bootstrap, "--spool-dir", _spool, "--kafka-topic", _topic,
            .. flags]);
    }

    public Task<RecordAccounts> AccountsAsync() => RecordAccounts.GetAsync(_client, Risotto.Metrics, _topic,
        TestContext.Current.CancellationToken);

    public Task<MetricsPage> MetricsAsync() => MetricsPage.GetAsync(_client, Risotto.Metrics, TestContext.Current.CancellationToken);

    /// <summary>Returns status and text of <c>/readyz</c>.</summary>
    public async Task<(HttpStatusCode Status, string Text)> ReadyAsync()
    {
        using var answer = await _client.GetAsync(new Uri($"http://{Risotto.Metrics}/readyz"), TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Waits until every record of the sender is acknowledged, and checks the accounts then.</summary>
    public async Task<RecordAccounts> AtRestAsync()
    {
        var accounts = await AccountsAsync();
        await Eventually.TrueAsync(
            async () => (accounts = await AccountsAsync()).IsAtRest, Patience, () => $"{accounts}\n{Log}",
                TestContext.Current.CancellationToken);
        Assert.True(accounts.IsBalanced, accounts.ToString());
        return accounts;
    }

    /// <summary>
    /// Asserts that every record of each router arrived, and none after a later one, for the records of one collector process.
    /// </summary>
    /// <param name="mostLate">A batch that the client only takes for delivered is sent again, and may come after those that left with
    /// it.</param>
    public void AssertComplete(BmpSender sender, long mostLate)
    {
        var arrived = Arrivals.Query(sources => sources.ToDictionary(s => s.Key.Router.ToString(), s => s.Value));
        foreach (var router in sender.Routers)
        {
            var arrivals = arrived[router.Address.ToString()];
            string figures = $"{router.Address}: {router.Records} sent, {arrivals.Distinct} arrived, the highest is {arrivals.Highest}";
            Assert.True(arrivals.Distinct == router.Records && arrivals.Missing == 0, figures);
            Assert.True(arrivals.Late <= mostLate,
                $"{router.Address}: {arrivals.Late} arrived after later ones, {arrivals.Duplicates} twice");
        }
    }

    /// <summary>Writes one line of figures into the test's output.</summary>
    public static void Say(string figures) => TestContext.Current.TestOutputHelper?.WriteLine(figures);

    /// <summary>The output of the collector.</summary>
    public string Log => string.Join('\n', [.. Risotto.Output, .. Risotto.Errors]);

    public async ValueTask DisposeAsync()
    {
        if (_risotto is not null)
            await _risotto.DisposeAsync();
        Arrivals.Dispose();
        _client.Dispose();
    }
}
