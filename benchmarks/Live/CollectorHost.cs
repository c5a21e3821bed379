using Risotto;
using Shared.Hosting.Logging;
using Shared.Hosting.Service;

namespace Benchmarks.Live;

/// <summary>Runs the service like Risotto's own program, in a process of its own.</summary>
internal static class CollectorHost
{
    /// <summary>The first word of the command line.</summary>
    public const string Word = "collector";

    /// <summary>The second word, if the client copies each payload. The service has no flag for that.</summary>
    public const string CopyPayloads = "copy-payloads";

    public static Task<int> RunAsync(string[] args)
    {
        bool copies = args is [CopyPayloads, ..];
        var flags = new RisottoFlags();
        return ServiceProgram.RunAsync(flags.Set, copies ? args[1..] : args, flags.Read, async (given, stop) =>
        {
            using var logging = LoggingSetup.Create(given.Logging);
            var options = given.Options with { Kafka = given.Options.Kafka with { CopyPayloads = copies } };
            await using var service = new RisottoService(options, logging, TimeProvider.System);
            await service.StartAsync(stop);
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await service.StopAsync();
        }, static given => given.Options.MetricsAddress);
    }
}
