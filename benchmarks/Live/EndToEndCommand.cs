using System.Globalization;

namespace Benchmarks.Live;

/// <summary>
/// <c>endtoend bmp FILE</c>: what a record costs the collector's process from the socket to the acknowledgement, beside the same without
/// a part of it. The variants take turns, so that what else the machine does meets all of them.
/// </summary>
internal static class EndToEndCommand
{
    private const int DefaultRuns = 5;
    private const double WarmUpRecords = 4e6, MeasuredRecords = 12e6;

    public static async Task<int> RunAsync(string file, string[] options)
    {
        int runs = DefaultRuns;
        bool isSound = options.Length == 0 || (options is ["--runs", var number] && int.TryParse(number, CultureInfo.InvariantCulture, out runs) && runs > 0);
        if (!isSound)
        {
            Console.Error.WriteLine($"benchmarks: {string.Join(' ', options)}: endtoend bmp FILE takes --runs N, at least 1");
            return 2;
        }
        var stream = new BmpStream(await File.ReadAllBytesAsync(file));
        if (!stream.Pass())
        {
            Console.Error.WriteLine($"benchmarks: {file}: {stream.Failure}");
            return 1;
        }
        long records = stream.Counters.RecordsEmitted;
        var figures = EndToEndVariant.All.ToDictionary(variant => variant, _ => new List<EndToEndRun.Figures>());
        for (int i = 0; i < runs; i++)
        {
            foreach (var variant in EndToEndVariant.All)
                figures[variant].Add(await MeasureAsync(variant, file, records));
        }
        Console.WriteLine($"medians of {runs}:");
        foreach (var (variant, all) in figures)
            Print(variant, all.OrderBy(f => f.RecordsPerCpuSecond).ElementAt(runs / 2));
        return 0;
    }

    private static async Task<EndToEndRun.Figures> MeasureAsync(EndToEndVariant variant, string file, long records)
    {
        await using var run = await EndToEndRun.StartAsync(variant, file, records);
        await run.SendAsync((int)Math.Ceiling(WarmUpRecords / records));
        var figures = await run.SendAsync((int)Math.Ceiling(MeasuredRecords / records));
        Print(variant, figures);
        return figures;
    }

    private static void Print(EndToEndVariant variant, EndToEndRun.Figures figures) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"variant={variant.Name} records={figures.Records} seconds={figures.Wall.TotalSeconds:F2} cpu_seconds={figures.Cpu.TotalSeconds:F2} " +
        $"updates_per_cpu_second={figures.RecordsPerCpuSecond:F0} updates_per_second={figures.Records / figures.Wall.TotalSeconds:F0} " +
        $"peak_rss_mb={figures.HighestMemory / 1e6:F0}"));
}
