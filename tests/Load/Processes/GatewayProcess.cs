using System.Net;

namespace Load.Processes;

/// <summary>Runs the real gateway in a process of its own.</summary>
internal sealed class GatewayProcess : ServiceProcess
{
    public const string AgentKey = "key-of-the-agents";

    private const string Service = "saimiris-gateway";

    private GatewayProcess(IEnumerable<string> program, long heapLimit)
        : base(Service, program, heapLimit)
    {
    }

    /// <summary>The address for HTTP/1.1 in clear text.</summary>
    public IPEndPoint Http => Listening;

    /// <summary>
    /// Runs on free loopback ports and waits until it listens. By default, agents have <see cref="AgentKey"/>, and the database and the
    /// outbox are in the working directory.
    /// </summary>
    /// <param name="program">What hosts it instead of its own assembly.</param>
    /// <param name="args">The service's flags.</param>
    public static Task<GatewayProcess> StartAsync(IReadOnlyList<string>? program, params string[] args) => StartAsync(program, 0, args);

    /// <summary>Does the same with a managed heap that cannot grow beyond this number of bytes.</summary>
    public static Task<GatewayProcess> StartWithinAsync(long heapLimit, params string[] args) => StartAsync(null, heapLimit, args);

    private static async Task<GatewayProcess> StartAsync(IReadOnlyList<string>? program, long heapLimit, string[] args)
    {
        string[] own = ["--address", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0"];
        if (!args.Contains("--agent-key"))
            own = [.. own, "--agent-key", AgentKey];
        if (!args.Contains("--database-url"))
            own = [.. own, "--database-url", "sqlite:gateway.db"];
        if (!args.Contains("--outbox-dir"))
            own = [.. own, "--outbox-dir", "outbox"];
        var gateway = new GatewayProcess([.. program ?? [Assembly(Service)], .. own, .. args], heapLimit);
        await gateway.Started;
        return gateway;
    }
}
