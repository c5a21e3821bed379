using Risotto;
using Shared.Hosting.Service;

return await ServiceProgram.RunAsync(RisottoOptions.CommandLine(), args, async (options, logging, stop) =>
    await RisottoService.StartAsync(options, logging, TimeProvider.System, cancel: stop));
