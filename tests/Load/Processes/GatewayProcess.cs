using System.Net;

namespace Load.Processes;

/// <summary>The real gateway, in a process of its own.</summary>
internal sealed class GatewayProcess : ServiceProcess
{
    public const string AgentKey = "key-of-the-agents";

    private const string Service = "saimiris-gateway";

    private GatewayProcess(IEnumerable<string> program)
        : base(Service, program)
    {
    }

    /// <summary>HTTP/1.1 in clear text.</summary>
    public IPEndPoint Http => Listening;

    /// <summary>Runs on free loopback ports with <see cref="AgentKey"/> and waits until it listens.</summary>
    /// <param name="program">What hosts it instead of its own assembly.</param>
    public static async Task<GatewayProcess> StartAsync(IReadOnlyList<string>? program, params string[] args)
    {
        var gateway = new GatewayProcess([.. program ?? [Assembly(Service)], "--address", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0", "--agent-key", AgentKey, .. args]);
        await gateway.Started;
        return gateway;
    }
}
