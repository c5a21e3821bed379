using System.Diagnostics;
using System.Globalization;
using BrokerProcess;
using Load.Arrivals;
using Load.Processes;

namespace Benchmarks.Live;

/// <summary>
/// One measured run: <c>replay send --speed max</c> in a process, the collector in a second one, the embedded broker in a third; this one
/// consumes and checks that every record arrives once.
/// </summary>
internal sealed class EndToEndRun : IAsyncDisposable
{
    private const string Topic = "risotto-updates";
    private const int Partitions = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _file;
    private readonly long _recordsInFile;
    private readonly ExternalBroker _broker;
    private readonly TopicArrivals? _arrivals;
    private readonly RisottoProcess _risotto;
    private long _sent;

    private EndToEndRun(string file, long recordsInFile, ExternalBroker broker, TopicArrivals? arrivals, RisottoProcess risotto)
    {
        (_file, _recordsInFile, _broker, _arrivals, _risotto) = (file, recordsInFile, broker, arrivals, risotto);
    }

    /// <summary>Of one measured part.</summary>
    public readonly record struct Figures(long Records, TimeSpan Wall, TimeSpan Cpu, long HighestMemory)
    {
        public double RecordsPerCpuSecond => Records / Cpu.TotalSeconds;
    }

    public static async Task<EndToEndRun> StartAsync(EndToEndVariant variant, string file, long recordsInFile)
    {
        var broker = new ExternalBroker($"{Topic}:{Partitions}");
        var arrivals = variant.Produces ? new TopicArrivals(broker.Bootstrap, Topic, Partitions) : null;
        string program = Path.Combine(AppContext.BaseDirectory, "Benchmarks.dll");
        var risotto = await RisottoProcess.StartAsync(
            [program, CollectorHost.Word, .. variant.HostWords], ["--kafka-brokers", broker.Bootstrap, .. variant.Flags]);
        return new EndToEndRun(file, recordsInFile, broker, arrivals, risotto);
    }

    /// <summary>Sends the file so often, and waits until all of it has arrived.</summary>
    public async Task<Figures> SendAsync(int loops)
    {
        long begin = Stopwatch.GetTimestamp();
        var cpu = ProcessFigures.CpuTime(_risotto.ProcessId);
        await ReplayAsync(loops);
        _sent += loops * _recordsInFile;
        if (_arrivals is not null)
            await _arrivals.WaitForAsync(_sent, Patience);
        if (_arrivals is { } topic && (topic.Distinct != _sent || topic.Duplicates > 0))
            throw new InvalidOperationException($"{_sent} records were sent, {topic.Distinct} different ones arrived, and {topic.Duplicates} twice");
        return new Figures(
            loops * _recordsInFile, Stopwatch.GetElapsedTime(begin), ProcessFigures.CpuTime(_risotto.ProcessId) - cpu,
            ProcessFigures.ResidentMemory(_risotto.ProcessId).Highest);
    }

    public async ValueTask DisposeAsync()
    {
        _arrivals?.Dispose();
        await _risotto.DisposeAsync();
        _broker.Dispose();
    }

    private async Task ReplayAsync(int loops)
    {
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "replay.dll"), "send", _file, "--raw", "--speed", "max", "--to", _risotto.Bmp.ToString(),
            "--loop", loops.ToString(CultureInfo.InvariantCulture),
        ];
        using var replay = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardError = true })!;
        string said = await replay.StandardError.ReadToEndAsync();
        await replay.WaitForExitAsync();
        if (replay.ExitCode != 0)
            throw new InvalidOperationException($"replay send: {said}");
    }
}
