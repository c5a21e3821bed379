using System.Runtime.InteropServices;
using Shared.Hosting.Flags;

namespace Shared.Hosting.Service;

/// <summary>
/// What a service's <c>Main</c> does: flags, check, run until SIGTERM or SIGINT, drain. Exit codes: 0 done, 1 it cannot run,
/// 2 the command line or the environment is wrong. What is wrong is one line on stderr.
/// </summary>
public static class ServiceProgram
{
    /// <param name="flags">The service's flags.</param>
    /// <param name="args">The command line.</param>
    /// <param name="read">From flags to options that are checked; throws <see cref="UsageException"/>.</param>
    /// <param name="run">Runs until the token says stop; throws <see cref="StartupException"/>.</param>
    /// <param name="metricsAddress">Where <c>--healthcheck</c> asks.</param>
    /// <param name="summarize">Further lines for <c>--check-config</c>: what several flags come to.</param>
    public static async Task<int> RunAsync<TOptions>(
        FlagSet flags, string[] args, Func<FlagValues, TOptions> read, Func<TOptions, CancellationToken, Task> run,
        Func<TOptions, HostPort> metricsAddress, Func<TOptions, IEnumerable<string>>? summarize = null)
    {
        try
        {
            if (flags.Parse(args, Console.Out, out int? done) is not { } values)
                return done!.Value;
            if (values.Get(flags.HealthCheck))
            {
                if (args is ["--healthcheck"] && flags.Parse(HealthCheck.ServiceArguments(flags.Program, HealthCheck.CommandLineOfProcess1()), TextWriter.Null, out _) is { } given)
                    values = given;
                return await HealthCheck.RunAsync(metricsAddress(read(values)));
            }
            var options = read(values);
            if (values.Get(flags.CheckConfig))
            {
                Console.Out.WriteLine($"{flags.Program} {FlagSet.Version}: the configuration is sound; it would run with");
                flags.Print(values, Console.Out);
                foreach (string line in summarize?.Invoke(options) ?? [])
                    Console.Out.WriteLine(line);
                return 0;
            }
            using var stop = new CancellationTokenSource();
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
            try
            {
                await run(options, stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Told to stop before it had started.
            }
            return 0;

            void Stop(PosixSignalContext signal)
            {
                // A second signal is the user's wish not to wait for the drain: the default action ends the process.
                signal.Cancel = !stop.IsCancellationRequested;
                stop.Cancel();
            }
        }
        catch (UsageException e)
        {
            await Console.Error.WriteLineAsync($"{flags.Program}: {e.Message} (see {flags.Program} --help)");
            return 2;
        }
        catch (StartupException e)
        {
            await Console.Error.WriteLineAsync($"{flags.Program}: {e.Message}");
            return 1;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"{flags.Program}: unexpected: {e}");
            return 1;
        }
    }
}
