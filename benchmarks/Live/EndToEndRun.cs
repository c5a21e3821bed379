using System.Diagnostics;
using System.Net;
using BrokerProcess;
using Load.Arrivals;
using Load.Send;
using Load.Processes;
using Risotto;
using Risotto.Pipeline;
using Shared.Records.Wire;

namespace Benchmarks.Live;

/// <summary>
/// Runs one collector and the embedded broker, each in a process of its own. This process is the routers, which send as fast as they can,
/// and the consumer, which checks that every record arrives once. The broker keeps about 5 MiB a partition and drops older messages, so no
/// router is further ahead of the consumer than that.
/// </summary>
internal sealed class EndToEndRun : IAsyncDisposable
{
    private const string Topic = "risotto-updates";
    private const int Partitions = 16, Routers = 4, MaxRecordsAhead = 8000;

    private static readonly int Shards = new RisottoOptions().Batches.Shards;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2), Tick = TimeSpan.FromMilliseconds(5);

    private readonly ExternalBroker _broker;
    private readonly TopicArrivals? _arrivals;
    private readonly RisottoProcess _risotto;
    private readonly DirectoryInfo _directory;
    private readonly IReadOnlyList<RouterSender> _routers;

    private EndToEndRun(ExternalBroker broker, TopicArrivals? arrivals, RisottoProcess risotto, DirectoryInfo directory,
        RouterStream stream)
    {
        (_broker, _arrivals, _risotto, _directory) = (broker, arrivals, risotto, directory);
        _routers = [.. AddressesOfDifferentShards().Take(Routers).Select(address => new RouterSender(address, stream)
        {
            MayGoOn = arrivals is null ? null : sent => sent - arrivals.DistinctOf(address) < MaxRecordsAhead,
        })];
    }

    /// <summary>The result of one measured part.</summary>
    public readonly record struct Figures(long Records, TimeSpan Wall, TimeSpan Cpu, long HighestMemory)
    {
        public double RecordsPerCpuSecond => Records / Cpu.TotalSeconds;
    }

    public static async Task<EndToEndRun> StartAsync(EndToEndVariant variant, RouterStream stream)
    {
        var broker = new ExternalBroker($"{Topic}:{Partitions}");
        var arrivals = variant.Produces ? new TopicArrivals(broker.Bootstrap, Topic, Partitions) : null;
        var directory = Directory.CreateTempSubdirectory("endtoend-");
        string program = Path.Combine(AppContext.BaseDirectory, "Benchmarks.dll");
        var risotto = await RisottoProcess.StartAsync(
            [program, CollectorHost.Word, .. variant.IsConfluent ? [CollectorHost.Confluent] : Array.Empty<string>()],
            [
                "--kafka-brokers", broker.Bootstrap, .. variant.Flags,
                .. variant.Spools ? ["--spool-dir", directory.FullName] : Array.Empty<string>(),
            ]);
        return new EndToEndRun(broker, arrivals, risotto, directory, stream);
    }

    /// <summary>Sends for <paramref name="warmUp"/>, and measures for <paramref name="time"/> of CPU time.</summary>
    public async Task<Figures> MeasureAsync(TimeSpan warmUp, TimeSpan time)
    {
        var start = ProcessFigures.CpuTime(_risotto.ProcessId);
        foreach (var router in _routers)
            await router.StartAsync(_risotto.Bmp, double.PositiveInfinity);
        await UntilCpuTimeAsync(start + warmUp);
        var (records, began, cpu) = (Records, Stopwatch.GetTimestamp(), ProcessFigures.CpuTime(_risotto.ProcessId));
        await UntilCpuTimeAsync(cpu + time);
        var figures = new Figures(
            Records - records, Stopwatch.GetElapsedTime(began), ProcessFigures.CpuTime(_risotto.ProcessId) - cpu,
            ProcessFigures.ResidentMemory(_risotto.ProcessId).Highest);
        await Task.WhenAll(_routers.Select(router => router.StopAsync()));
        await CheckAsync();
        return figures;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var router in _routers)
            await router.DisposeAsync();
        _arrivals?.Dispose();
        await _risotto.DisposeAsync();
        _broker.Dispose();
        _directory.Delete(recursive: true);
    }

    // With a consumer, the records that it has read; else the records taken, which are ahead by at most the content of the sockets.
    private long Records => _arrivals?.Distinct ?? Sent;

    private long Sent => _routers.Sum(router => router.Records);

    private async Task UntilCpuTimeAsync(TimeSpan cpuTime)
    {
        using var timer = new PeriodicTimer(Tick);
        while (ProcessFigures.CpuTime(_risotto.ProcessId) < cpuTime)
        {
            await timer.WaitForNextTickAsync();
            if (_routers.Select(router => router.Closed).OfType<string>().FirstOrDefault() is { } closed)
                throw new InvalidOperationException(closed);
        }
    }

    private async Task CheckAsync()
    {
        if (_arrivals is null)
            return;
        await _arrivals.WaitForAsync(Sent, Patience);
        if (_arrivals.Distinct != Sent || _arrivals.Duplicates > 0)
            throw new InvalidOperationException($"{Sent} records were sent, {_arrivals.Distinct} different ones arrived, and " +
                $"{_arrivals.Duplicates} twice");
    }

    // No two routers share a partition.
    private static IEnumerable<IPAddress> AddressesOfDifferentShards() =>
        from last in Enumerable.Range(1, 250)
        let address = new IPAddress([127, 0, 1, (byte)last])
        group address by new RouterState(Ipv6Address.FromV4(address.GetAddressBytes())).ShardHash % (ulong)Shards into shard
        select shard.First();
}
