using Demo;
using Shared.Hosting.Service;

return await ServiceProgram.RunAsync(
    DemoOptions.CommandLine(), args, static (options, stop) => new DemoRun(options).RunAsync(stop),
    static options => options.Metrics.Address);
