using Demo;
using Shared.Hosting.Service;

var flags = new DemoFlags();
int verdict = 0;
int exitCode = await ServiceProgram.RunAsync(flags.Set, args, flags.Read, async (options, stop) => verdict = await new DemoRun(options).RunAsync(stop), static options => options.MetricsAddress);
return exitCode == 0 ? verdict : exitCode;
