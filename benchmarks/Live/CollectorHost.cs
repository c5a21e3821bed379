using Risotto;
using Shared.Delivery.Kafka;
using Shared.Hosting.Service;
using Shared.Records.Batch;

namespace Benchmarks.Live;

/// <summary>Runs the service like Risotto's own program, in a process of its own.</summary>
internal static class CollectorHost
{
    /// <summary>The first word of the command line.</summary>
    public const string Word = "collector";

    /// <summary>The second word, to send with the producer of Confluent.Kafka, which no flag of the service selects.</summary>
    public const string Confluent = "confluent";

    public static Task<int> RunAsync(string[] args)
    {
        bool isConfluent = args is [Confluent, ..];
        return ServiceProgram.RunAsync(RisottoOptions.CommandLine(), isConfluent ? args[1..] : args, async (options, logging, stop) =>
        {
            Func<SinkContext, IBatchSink>? makeSink = isConfluent ? _ => new ConfluentSink(options.Kafka, options.Batches) : null;
            return await RisottoService.StartAsync(options, logging, TimeProvider.System, makeSink, stop);
        });
    }
}
