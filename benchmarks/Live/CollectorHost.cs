using Risotto;
using Shared.Hosting.Service;

namespace Benchmarks.Live;

/// <summary>Hosts the service as Risotto's own program does, in a process of its own.</summary>
internal static class CollectorHost
{
    /// <summary>The first word of the command line.</summary>
    public const string Word = "collector";

    /// <summary>The second, where the client is to copy each payload, which the service cannot be told.</summary>
    public const string CopyPayloads = "copy-payloads";

    public static Task<int> RunAsync(string[] args)
    {
        bool copies = args is [CopyPayloads, ..];
        return ServiceProgram.RunAsync(RisottoOptions.CommandLine(), copies ? args[1..] : args, async (options, logging, stop) =>
        {
            options = options with { Kafka = options.Kafka with { CopyPayloads = copies } };
            return await RisottoService.StartAsync(options, logging, TimeProvider.System, cancel: stop);
        });
    }
}
