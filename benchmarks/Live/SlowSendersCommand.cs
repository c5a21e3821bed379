using System.Globalization;
using Load.Send;
using Load.Processes;

namespace Benchmarks.Live;

/// <summary><c>slow-senders</c>: measures whether many connections that send a byte a second delay one fast router.</summary>
internal static class SlowSendersCommand
{
    private const int Connections = 1000, Pairs = 5;
    private const double LeastRatio = 0.9;
    private const long MostMemory = 64_000_000;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync()
    {
        await using var risotto = await RisottoProcess.StartAsync("--kafka-disable", "--bmp-max-sessions", "2000");
        var comparison = new SlowSendersComparison(risotto, Connections, Window);
        var pairs = await comparison.RunAsync(Pairs);
        foreach (var pair in pairs)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"alone_per_s={pair.Alone:F0} beside_per_s={pair.WithSlow:F0} ratio={pair.Ratio:F3} rss_growth_mb={pair.Memory / 1e6:F1}"));
        double ratio = pairs.Select(pair => pair.Ratio).Order().ElementAt(Pairs / 2);
        long memory = pairs.Max(pair => pair.Memory);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"slow_connections={Connections} closed={comparison.Closed} median_ratio={ratio:F3} most_rss_growth_mb={memory / 1e6:F1}"));
        return ratio >= LeastRatio && memory <= MostMemory && comparison.Closed == 0 ? 0 : 1;
    }
}
