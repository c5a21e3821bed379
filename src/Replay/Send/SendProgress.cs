using Spectre.Console;

namespace Replay.Send;

/// <summary>Shows a progress bar on standard error if that is a terminal.</summary>
internal static class SendProgress
{
    /// <summary>Runs <paramref name="work"/>, which reports the part done, 0 to 1.</summary>
    public static Task<T> ShowAsync<T>(TextWriter error, Func<Action<double>, Task<T>> work)
    {
        if (error != Console.Error || Console.IsErrorRedirected)
            return work(_ => { });
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        return console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(),
                new RemainingTimeColumn())
            .StartAsync(context =>
            {
                var task = context.AddTask("sending", maxValue: 1);
                return work(part => task.Value = part);
            });
    }
}
