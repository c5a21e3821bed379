using System.Net;

namespace Load.Processes;

/// <summary>The real saimiris-gateway, in a process of its own.</summary>
internal sealed class GatewayProcess : ServiceProcess
{
    private const string Service = "saimiris-gateway";

    private GatewayProcess(IEnumerable<string> program)
        : base(Service, program)
    {
    }

    public IPEndPoint Api => Listening;

    /// <summary>Runs on free loopback ports and waits until it listens.</summary>
    public static async Task<GatewayProcess> StartAsync(params string[] args)
    {
        var gateway = new GatewayProcess([Assembly(Service), "--address", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0", .. args]);
        await gateway.Started;
        return gateway;
    }
}
