using Pesto;
using Shared.Hosting.Service;

return await ServiceProgram.RunAsync(PestoOptions.CommandLine(), args, async (options, logging, stop) =>
    await PestoService.StartAsync(options, logging, TimeProvider.System, cancel: stop));
