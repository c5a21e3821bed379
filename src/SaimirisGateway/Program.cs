using SaimirisGateway;
using Shared.Hosting.Service;

return await ServiceProgram.RunAsync(GatewayOptions.CommandLine(), args, async (options, logging, stop) =>
    await GatewayService.StartAsync(options, logging, TimeProvider.System, cancel: stop));
