using System.Diagnostics;
using System.Net;
using Load.Processes;

namespace Load.Send;

/// <summary>
/// Compares the rate of one fast router with and without slow senders, in pairs, and measures the memory that the slow ones cost.
/// </summary>
internal sealed class SlowSendersComparison(RisottoProcess risotto, int connections, TimeSpan window)
{
    private static readonly TimeSpan Sample = TimeSpan.FromMilliseconds(250);

    private static readonly IPAddress Router = new([127, 0, 1, 1]);

    private readonly RouterSender _fast = new(Router, ChangingRoutes.Make(Router, seed: 1, prefixesPerUpdate: 1));

    /// <summary>Records a second without slow senders, records a second with them, and the bytes of memory that they added.</summary>
    public readonly record struct Pair(double Alone, double WithSlow, long Memory)
    {
        public double Ratio => WithSlow / Alone;
    }

    /// <summary>The number of slow connections that were closed. If it is not 0, the comparison has no value.</summary>
    public int Closed { get; private set; }

    /// <summary>Runs so many pairs, after a time to warm up.</summary>
    public async Task<IReadOnlyList<Pair>> RunAsync(int pairs)
    {
        await using var fast = _fast;
        await fast.StartAsync(risotto.Bmp, double.PositiveInfinity);
        await MeasureAsync();
        var result = new List<Pair>();
        for (int i = 0; i < pairs; i++)
        {
            var (alone, memoryAlone) = await MeasureAsync();
            await using var slow = new SlowSenders();
            await slow.StartAsync(risotto.Bmp, connections);
            var (withSlow, memoryWithSlow) = await MeasureAsync();
            Closed += slow.Closed;
            result.Add(new Pair(alone, withSlow, memoryWithSlow - memoryAlone));
        }
        return fast.Closed is null ? result : throw new InvalidOperationException(fast.Closed);
    }

    private async Task<(double RecordsPerSecond, long Memory)> MeasureAsync()
    {
        using var timer = new PeriodicTimer(Sample);
        long begin = Stopwatch.GetTimestamp(), records = _fast.Records, memory = 0;
        while (Stopwatch.GetElapsedTime(begin) < window)
        {
            await timer.WaitForNextTickAsync();
            memory = Math.Max(memory, ProcessFigures.ResidentMemory(risotto.ProcessId).Now);
        }
        return ((_fast.Records - records) / Stopwatch.GetElapsedTime(begin).TotalSeconds, memory);
    }
}
