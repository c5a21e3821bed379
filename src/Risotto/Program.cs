using Risotto;
using Shared.Delivery.Kafka;
using Shared.Hosting.Logging;
using Shared.Hosting.Service;

var flags = new RisottoFlags();
return await ServiceProgram.RunAsync(flags.Set, args, flags.Read, static async (given, stop) =>
{
    using var logging = LoggingSetup.Create(given.Logging);
    await using var service = new RisottoService(given.Options, logging, TimeProvider.System);
    await service.StartAsync(stop);
    await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    await service.StopAsync();
}, static given => given.Options.MetricsAddress, static given => KafkaSummary.Lines(given.Options.Kafka, given.Options.Batches, given.Options.Topics.Count));
