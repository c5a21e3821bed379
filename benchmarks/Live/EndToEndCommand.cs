using System.Globalization;
using Load.Send;

namespace Benchmarks.Live;

/// <summary>
/// <c>endtoend bmp FILE</c>: measures the cost of a record in the collector's process from the socket to the acknowledgement, and the cost
/// without some parts. The variants take turns, so that other load on the machine affects all of them.
/// </summary>
internal static class EndToEndCommand
{
    private const int DefaultRuns = 5;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1.5), Measured = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(string file, string[] options)
    {
        int runs = DefaultRuns;
        bool isSound = options.Length == 0
            || (options is ["--runs", var number] && int.TryParse(number, CultureInfo.InvariantCulture, out runs) && runs > 0);
        if (!isSound)
        {
            Console.Error.WriteLine($"benchmarks: {string.Join(' ', options)}: endtoend bmp FILE takes --runs N, at least 1");
            return 2;
        }
        RouterStream stream;
        try
        {
            stream = FileRoutes.Read(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"benchmarks: {file}: {error.Message}");
            return 2;
        }
        catch (InvalidDataException error)
        {
            Console.Error.WriteLine($"benchmarks: {error.Message}");
            return 1;
        }
        var figures = EndToEndVariant.All.ToDictionary(variant => variant, _ => new List<EndToEndRun.Figures>());
        for (int i = 0; i < runs; i++)
        {
            foreach (var variant in EndToEndVariant.All)
                figures[variant].Add(await MeasureAsync(variant, stream));
        }
        Console.WriteLine($"medians of {runs}:");
        foreach (var (variant, all) in figures)
            Print(variant, all.OrderBy(f => f.RecordsPerCpuSecond).ElementAt(runs / 2));
        return 0;
    }

    private static async Task<EndToEndRun.Figures> MeasureAsync(EndToEndVariant variant, RouterStream stream)
    {
        await using var run = await EndToEndRun.StartAsync(variant, stream);
        var figures = await run.MeasureAsync(WarmUp, Measured);
        Print(variant, figures);
        return figures;
    }

    private static void Print(EndToEndVariant variant, EndToEndRun.Figures figures) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"variant={variant.Name} records={figures.Records} seconds={figures.Wall.TotalSeconds:F2} " +
        $"cpu_seconds={figures.Cpu.TotalSeconds:F2} " +
        $"updates_per_cpu_second={figures.RecordsPerCpuSecond:F0} updates_per_second={figures.Records / figures.Wall.TotalSeconds:F0} " +
        $"peak_rss_mb={figures.HighestMemory / 1e6:F0}"));
}
