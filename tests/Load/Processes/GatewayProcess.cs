using System.Net;

namespace Load.Processes;

/// <summary>The real gateway, in a process of its own.</summary>
internal sealed class GatewayProcess : ServiceProcess
{
    public const string AgentKey = "key-of-the-agents";

    private const string Service = "saimiris-gateway";

    private readonly DirectoryInfo _folder;

    private GatewayProcess(IEnumerable<string> program, DirectoryInfo folder)
        : base(Service, program) => _folder = folder;

    /// <summary>HTTP/1.1 in clear text.</summary>
    public IPEndPoint Http => Listening;

    /// <summary>
    /// Runs on free loopback ports and waits until it listens. Where the flags do not say it, agents have <see cref="AgentKey"/>, and database and outbox
    /// are in a folder that goes with it.
    /// </summary>
    /// <param name="program">What hosts it instead of its own assembly.</param>
    public static async Task<GatewayProcess> StartAsync(IReadOnlyList<string>? program, params string[] args)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-process-");
        string[] own = ["--address", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0"];
        if (!args.Contains("--agent-key"))
            own = [.. own, "--agent-key", AgentKey];
        if (!args.Contains("--database-url"))
            own = [.. own, "--database-url", $"sqlite:{folder.FullName}/gateway.db"];
        if (!args.Contains("--outbox-dir"))
            own = [.. own, "--outbox-dir", Path.Combine(folder.FullName, "outbox")];
        var gateway = new GatewayProcess([.. program ?? [Assembly(Service)], .. own, .. args], folder);
        await gateway.Started;
        return gateway;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
