using System.Diagnostics;
using System.Net;
using BrokerProcess;
using Load.Arrivals;
using Load.Feed;
using Load.Processes;

namespace Benchmarks.Live;

/// <summary>
/// One collector in a process of its own, the embedded broker in another; this one is the router, which sends as fast as it may, and
/// the consumer, which checks that every record arrives once. The broker forgets what is behind about 5 MiB a partition, so the router is
/// never further ahead of the consumer than that.
/// </summary>
internal sealed class EndToEndRun : IAsyncDisposable
{
    private const string Topic = "risotto-updates";
    private const int Partitions = 16, MostRecordsAhead = 8000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2), Tick = TimeSpan.FromMilliseconds(5);

    private readonly ExternalBroker _broker;
    private readonly TopicArrivals? _arrivals;
    private readonly RisottoProcess _risotto;
    private readonly RouterFeed _router;

    private EndToEndRun(ExternalBroker broker, TopicArrivals? arrivals, RisottoProcess risotto, RouterStream stream)
    {
        (_broker, _arrivals, _risotto) = (broker, arrivals, risotto);
        _router = new RouterFeed(new IPAddress([127, 0, 1, 1]), stream)
        {
            MayGoOn = arrivals is null ? null : sent => sent - arrivals.Distinct < MostRecordsAhead,
        };
    }

    /// <summary>Of one measured part.</summary>
    public readonly record struct Figures(long Records, TimeSpan Wall, TimeSpan Cpu, long HighestMemory)
    {
        public double RecordsPerCpuSecond => Records / Cpu.TotalSeconds;
    }

    public static async Task<EndToEndRun> StartAsync(EndToEndVariant variant, RouterStream stream)
    {
        var broker = new ExternalBroker($"{Topic}:{Partitions}");
        var arrivals = variant.Produces ? new TopicArrivals(broker.Bootstrap, Topic, Partitions) : null;
        string program = Path.Combine(AppContext.BaseDirectory, "Benchmarks.dll");
        var risotto = await RisottoProcess.StartAsync(
            [program, CollectorHost.Word, .. variant.HostWords], ["--kafka-brokers", broker.Bootstrap, .. variant.Flags]);
        return new EndToEndRun(broker, arrivals, risotto, stream);
    }

    /// <summary>Sends for <paramref name="warmUp"/>, and measures for <paramref name="time"/> of CPU time.</summary>
    public async Task<Figures> MeasureAsync(TimeSpan warmUp, TimeSpan time)
    {
        var start = ProcessFigures.CpuTime(_risotto.ProcessId);
        await _router.StartAsync(_risotto.Bmp, double.PositiveInfinity);
        await UntilCpuTimeAsync(start + warmUp);
        var (records, began, cpu) = (Records, Stopwatch.GetTimestamp(), ProcessFigures.CpuTime(_risotto.ProcessId));
        await UntilCpuTimeAsync(cpu + time);
        var figures = new Figures(
            Records - records, Stopwatch.GetElapsedTime(began), ProcessFigures.CpuTime(_risotto.ProcessId) - cpu,
            ProcessFigures.ResidentMemory(_risotto.ProcessId).Highest);
        await _router.StopAsync();
        await CheckAsync();
        return figures;
    }

    public async ValueTask DisposeAsync()
    {
        await _router.DisposeAsync();
        _arrivals?.Dispose();
        await _risotto.DisposeAsync();
        _broker.Dispose();
    }

    // What has come out where there is a consumer; else what was taken, which runs ahead by no more than the sockets hold.
    private long Records => _arrivals?.Distinct ?? _router.Records;

    private async Task UntilCpuTimeAsync(TimeSpan cpuTime)
    {
        using var timer = new PeriodicTimer(Tick);
        while (ProcessFigures.CpuTime(_risotto.ProcessId) < cpuTime)
        {
            await timer.WaitForNextTickAsync();
            if (_router.Closed is { } closed)
                throw new InvalidOperationException(closed);
        }
    }

    private async Task CheckAsync()
    {
        if (_arrivals is null)
            return;
        await _arrivals.WaitForAsync(_router.Records, Patience);
        if (_arrivals.Distinct != _router.Records || _arrivals.Duplicates > 0)
            throw new InvalidOperationException($"{_router.Records} records were sent, {_arrivals.Distinct} different ones arrived, and {_arrivals.Duplicates} twice");
    }
}
