using System.Diagnostics;
using System.Net;
using System.Text.Json;
using BrokerProcess;
using EndToEnd.Tests.Gateway;
using Microsoft.Extensions.Logging.Abstractions;
using Shared.Hosting.Flags;
using Shared.Hosting.Metrics;
using Shared.Hosting.Service;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Stack;

/// <summary>Runs the three services on one broker, each with a spool, and plays captures of all three kinds to them.</summary>
internal sealed class PlayedStack : IAsyncDisposable
{
    private const string Prober = "ams-2";

    private const int Probes = 100;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("stack-");
    private readonly List<IAsyncDisposable> _parts = [];
    private ExternalBroker? _broker;
    private Process? _router;
    private KestrelEndpoint? _agent;

    public RisottoProcess Risotto { get; private set; } = null!;

    public PestoProcess Pesto { get; private set; } = null!;

    public GatewayProcess Gateway { get; private set; } = null!;

    /// <summary>The address of a probing agent's metrics. The agent is another program, so the test makes them by its contract.</summary>
    public IPEndPoint Agent { get; private set; } = null!;

    /// <summary>Returns when all captures are played but one of a router, whose session stays.</summary>
    public static async Task<PlayedStack> StartAsync(CancellationToken cancel)
    {
        var stack = new PlayedStack();
        try
        {
            await stack.StartServicesAsync(cancel);
            await stack.PlayAsync(cancel);
            await stack.ProbeAsync(cancel);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_router is not null)
        {
            _router.Kill();
            await _router.WaitForExitAsync(CancellationToken.None);
            _router.Dispose();
        }
        if (_agent is not null)
            await _agent.StopAsync(CancellationToken.None);
        foreach (var part in _parts.AsEnumerable().Reverse())
            await part.DisposeAsync();
        _broker?.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task StartServicesAsync(CancellationToken cancel)
    {
        _broker = new ExternalBroker("risotto-updates:4", "risotto-malformed:1", "pesto-sflow:4", "saimiris-replies:4",
            "saimiris-probes:4");
        string[] common = ["--kafka-brokers", _broker.Bootstrap, "--kafka-batch-wait-time", "100", "--log-format", "json"];
        _parts.Add(Risotto = await RisottoProcess.StartAsync([.. common, "--spool-dir", Folder("risotto"), "--curation-state-path",
            Path.Combine(_folder.FullName, "state.bin"), "--curation-state-interval", "1"]));
        _parts.Add(Pesto = await PestoProcess.StartAsync([.. common, "--spool-dir", Folder("pesto"), "--include-ipv4"]));
        _parts.Add(Gateway = await GatewayProcess.StartAsync(null, [.. common, "--spool-dir", Folder("gateway"), "--bypass-jwt"]));

        var registry = Prometheus.Metrics.NewCustomRegistry();
        var metrics = Prometheus.Metrics.WithCustomRegistry(registry);
        foreach (string name in new[] { "saimiris_sender_sent_total", "saimiris_receiver_received_total" })
            metrics.CreateCounter(name, "As the agent's.", "agent").WithLabels("ams-1").Inc(1000);
        metrics.CreateCounter("saimiris_kafka_messages_total", "As the agent's.", "agent", "status").WithLabels("ams-1", "success").Inc(10);
        _agent = await MetricsServer.StartAsync(
            "agent", new HostPort("127.0.0.1", 0), registry, () => [], NullLoggerFactory.Instance, cancel);
        Agent = _agent.Bound;
    }

    private async Task PlayAsync(CancellationToken cancel)
    {
        string key = Path.Combine(_folder.FullName, "key");
        await File.WriteAllTextAsync(key, GatewayProcess.AgentKey, cancel);
        _router = Replay("send", Capture("bmp", "frr"), "--to", $"{Risotto.Bmp}", "--speed", "1");
        using var bird = Replay("send", Capture("bmp", "bird"), "--to", $"{Risotto.Bmp}", "--speed", "max");
        using var switches = Replay("send", Capture("sflow", "hsflowd"), "--to", $"{Pesto.SFlow}", "--speed", "max");
        using var replies = Replay("send", Capture("replies", "caracal"), "--to", $"http://{Gateway.Http}", "--agent", "ams-1",
            "--agent-key-file", key);
        foreach (var player in new[] { bird, switches, replies })
        {
            await player.WaitForExitAsync(cancel);
            Assert.Equal(0, player.ExitCode);
        }
    }

    // A user lets an agent send probes, and their replies come back.
    private async Task ProbeAsync(CancellationToken cancel)
    {
        var address = new Uri($"http://{Gateway.Http}");
        await using var agent = new StandInAgent(address, Prober, _broker!.Bootstrap);
        await agent.StartAsync("saimiris-probes");
        using var user = new GatewayUser(address);
        var (status, text) = await user.PostAsync(new StringContent(GatewayUser.Json(Prober, Probes)));
        Assert.True(status == 200, text);
        string id = JsonDocument.Parse(text).RootElement.GetProperty("id").GetString()!;
        await Eventually.TrueAsync(
            async () => (await user.GetAsync($"/api/measurement/{id}/status")).GetProperty("measurement_complete").GetBoolean(),
                TimeSpan.FromSeconds(30),
            () => $"{id} is not complete; the agent took {string.Join(", ", agent.Taken)}", cancel);
    }

    private string Folder(string name) => Path.Combine(_folder.FullName, name);

    private static string Capture(string kind, string name) =>
        Directory.GetFiles(Path.Combine(RepositoryFolder.Captures, kind, name), "input.pcap*").Single();

    private static Process Replay(params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "replay.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
