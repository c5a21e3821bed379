using Risotto;
using Shared.Hosting;
using Shared.Logging;

namespace Benchmarks.Live;

/// <summary>Hosts the service as Risotto's own program does, in a process of its own.</summary>
internal static class CollectorHost
{
    /// <summary>The first word of the command line.</summary>
    public const string Word = "collector";

    public static Task<int> RunAsync(string[] args)
    {
        var flags = new RisottoFlags();
        return ServiceProgram.RunAsync(flags.Set, args, flags.Read, static async (given, stop) =>
        {
            using var logging = LoggingSetup.Create(given.Logging);
            await using var service = new RisottoService(given.Options, logging, TimeProvider.System);
            await service.StartAsync(stop);
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await service.StopAsync();
        });
    }
}
