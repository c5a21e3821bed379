using Risotto;
using Shared.Delivery.Kafka;
using Shared.Hosting.Logging;
using Shared.Hosting.Service;
using Shared.Records.Batch;

namespace Benchmarks.Live;

/// <summary>Runs the service like Risotto's own program, in a process of its own.</summary>
internal static class CollectorHost
{
    /// <summary>The first word of the command line.</summary>
    public const string Word = "collector";

    /// <summary>The second word, to send with the producer of Confluent.Kafka, which no flag of the service asks for.</summary>
    public const string Confluent = "confluent";

    public static Task<int> RunAsync(string[] args)
    {
        bool isConfluent = args is [Confluent, ..];
        var flags = new RisottoFlags();
        return ServiceProgram.RunAsync(flags.Set, isConfluent ? args[1..] : args, flags.Read, async (given, stop) =>
        {
            using var logging = LoggingSetup.Create(given.Logging);
            Func<SinkContext, IBatchSink>? makeSink = isConfluent
                ? _ => new ConfluentSink(given.Options.Kafka, given.Options.Batches)
                : null;
            await using var service = new RisottoService(given.Options, logging, TimeProvider.System, makeSink);
            await service.StartAsync(stop);
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await service.StopAsync();
        }, static given => given.Options.MetricsAddress);
    }
}
