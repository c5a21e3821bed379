using System.Net;

namespace Load.Processes;

/// <summary>Runs the real risotto in a process of its own.</summary>
internal sealed class RisottoProcess : ServiceProcess
{
    private const string Service = "risotto";

    private RisottoProcess(IEnumerable<string> program)
        : base(Service, program)
    {
    }

    public IPEndPoint Bmp => Listening;

    /// <summary>Runs with only these arguments, for commands that end without a signal.</summary>
    public static RisottoProcess Run(params string[] args) => new([Assembly(Service), .. args]);

    /// <summary>Runs on free loopback ports and waits until it listens. Without a flag of the curation it forwards everything.</summary>
    public static Task<RisottoProcess> StartAsync(params string[] args) => StartAsync([Assembly(Service)], args);

    /// <summary>Does the same with another program that hosts the service.</summary>
    /// <param name="program">An assembly's path, and words before the service's flags.</param>
    /// <param name="args">The service's flags.</param>
    public static Task<RisottoProcess> StartAsync(IEnumerable<string> program, params string[] args) => StartAsync(program, 0, args);

    /// <summary>Does the same on a port that a router knows.</summary>
    public static Task<RisottoProcess> StartAtAsync(int bmpPort, params string[] args) => StartAsync([Assembly(Service)], bmpPort, args);

    private static async Task<RisottoProcess> StartAsync(IEnumerable<string> program, int bmpPort, string[] args)
    {
        string[] curation = args.Any(arg => arg.StartsWith("--curation-", StringComparison.Ordinal)) ? [] : ["--curation-disable"];
        var risotto = new RisottoProcess([.. program, "--bmp-address", $"127.0.0.1:{bmpPort}", "--metrics-address", "127.0.0.1:0",
            .. curation, .. args]);
        await risotto.Started;
        return risotto;
    }
}
