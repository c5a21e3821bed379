using System.Net;

namespace Load.Processes;

/// <summary>Runs the real pesto in a process of its own.</summary>
internal sealed class PestoProcess : ServiceProcess
{
    private const string Service = "pesto";

    private PestoProcess(IEnumerable<string> program)
        : base(Service, program)
    {
    }

    public IPEndPoint SFlow => Listening;

    /// <summary>Runs with only these arguments, for commands that end without a signal.</summary>
    public static PestoProcess Run(params string[] args) => new([Assembly(Service), .. args]);

    /// <summary>Runs on free loopback ports and waits until it listens.</summary>
    public static async Task<PestoProcess> StartAsync(params string[] args)
    {
        var pesto = new PestoProcess([Assembly(Service), "--sflow-address", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0", .. args]);
        await pesto.Started;
        return pesto;
    }
}
