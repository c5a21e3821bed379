using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Shared.Delivery.Kafka;
using Shared.Hosting.Flags;
using Shared.Hosting.Logging;

namespace Shared.Hosting.Service;

/// <summary>
/// The <c>Main</c> of a program: reads the flags, checks them, runs until SIGTERM or SIGINT, drains. Exit codes: 0 done, 1 it cannot
/// run, 2 the command line or the environment is wrong. Whatever is wrong is one line on stderr.
/// </summary>
public static class ServiceProgram
{
    /// <summary>Runs a service.</summary>
    /// <param name="commandLine">The service's flags.</param>
    /// <param name="args">The arguments after the program's name.</param>
    /// <param name="start">Starts the service; throws <see cref="StartupException"/>.</param>
    public static Task<int> RunAsync<TOptions>(
        CommandLine<TOptions> commandLine, string[] args, Func<TOptions, ILoggerFactory, CancellationToken, Task<IService>> start)
        where TOptions : ServiceOptions
    {
        return RunAsync(commandLine, args, RunServiceAsync, options => options.MetricsAddress,
            options => KafkaSummary.Lines(options.Kafka, options.Batches, options.Topics.Count));

        async Task<int> RunServiceAsync(TOptions options, CancellationToken stop)
        {
            using var logging = LoggingSetup.Create(options.Logging);
            await using var service = await start(options, logging, stop);
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await service.StopAsync();
            return 0;
        }
    }

    /// <summary>Runs any program.</summary>
    /// <param name="commandLine">The program's flags.</param>
    /// <param name="args">The arguments after the program's name.</param>
    /// <param name="run">Runs until the token is cancelled and returns the exit code; throws <see cref="StartupException"/>.</param>
    /// <param name="metricsAddress">The address that <c>--healthcheck</c> asks.</param>
    /// <param name="summarize">More lines for <c>--check-config</c>: what several flags add up to.</param>
    public static async Task<int> RunAsync<TOptions>(
        CommandLine<TOptions> commandLine, string[] args, Func<TOptions, CancellationToken, Task<int>> run,
        Func<TOptions, HostPort> metricsAddress, Func<TOptions, IEnumerable<string>>? summarize = null)
    {
        string program = commandLine.Program;
        try
        {
            if (commandLine.Parse(args, Console.Out, out int? done) is not { } given)
                return done!.Value;
            if (given.AsksForHealth)
                return await HealthCheck.RunAsync(metricsAddress(WithoutOtherFlags(commandLine, args, given).Read()));
            var options = given.Read();
            if (given.ChecksOnly)
            {
                Console.Out.WriteLine($"{program} {CommandLine.Version}: the configuration is sound; it would run with");
                given.Print(Console.Out);
                foreach (string line in summarize?.Invoke(options) ?? [])
                    Console.Out.WriteLine(line);
                return 0;
            }
            return await RunUntilSignalAsync(stop => run(options, stop));
        }
        catch (UsageException e)
        {
            await Console.Error.WriteLineAsync($"{program}: {e.Message} (see {program} --help)");
            return 2;
        }
        catch (StartupException e)
        {
            await Console.Error.WriteLineAsync($"{program}: {e.Message}");
            return 1;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"{program}: unexpected: {e}");
            return 1;
        }
    }

    // A health check in a container is given no flags: the service's own are those of process 1.
    private static GivenFlags<TOptions> WithoutOtherFlags<TOptions>(
        CommandLine<TOptions> commandLine, string[] args, GivenFlags<TOptions> given) =>
        args is ["--healthcheck"]
        && commandLine.Parse(HealthCheck.ServiceArguments(commandLine.Program, HealthCheck.CommandLineOfProcess1()), TextWriter.Null, out _)
            is { } service ? service : given;

    private static async Task<int> RunUntilSignalAsync(Func<CancellationToken, Task<int>> run)
    {
        using var stop = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        try
        {
            return await run(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The signal came before the service had started.
            return 0;
        }

        void Stop(PosixSignalContext signal)
        {
            // With a second signal the user does not want to wait for the drain: the default action ends the process.
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }
}
