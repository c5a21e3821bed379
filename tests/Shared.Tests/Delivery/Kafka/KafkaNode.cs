using System.Diagnostics;
using System.Net.Sockets;
using Suite.Tests.Records;

namespace Shared.Tests.Delivery.Kafka;

/// <summary>Runs a real Kafka node from KAFKA_HOME; its topics get four partitions on first use.</summary>
public sealed class KafkaNode : IAsyncLifetime
{
    private readonly string? _home = Environment.GetEnvironmentVariable("KAFKA_HOME");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kafka-node-");
    private Dictionary<string, string> _settings = [];

    private string DataFolder => Path.Combine(_folder.FullName, "node");

    /// <summary>Returns one of the settings that kafka.sh prints. Skips the test if there is no Kafka.</summary>
    public string this[string name]
    {
        get
        {
            Assert.SkipWhen(string.IsNullOrEmpty(_home), "KAFKA_HOME is not set");
            Assert.SkipWhen(name == "KAFKA_IPV6" && !Socket.OSSupportsIPv6, "there is no IPv6");
            return _settings[name];
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (string.IsNullOrEmpty(_home))
            return;
        int port = FreePorts.Next(6);
        string[] start = ["start", "--dir", DataFolder, "--port", port.ToString(null as IFormatProvider), .. IPv6Listener(port)];
        try
        {
            _settings = await RunAsync(start);
        }
        catch (InvalidOperationException e) when (e.Message.Contains("--cluster-id", StringComparison.Ordinal))
        {
            // One cluster id in 64 begins with a hyphen, which Kafka's own storage tool takes for a flag.
            Directory.Delete(DataFolder, recursive: true);
            _settings = await RunAsync(start);
        }
        if (Socket.OSSupportsIPv6)
            _settings["KAFKA_IPV6"] = $"[::1]:{port + 5}";
    }

    public async ValueTask DisposeAsync()
    {
        if (_settings.Count > 0)
            await RunAsync("kill", "--dir", DataFolder);
        _folder.Delete(recursive: true);
    }

    /// <summary>Returns the log of the node since its last start.</summary>
    public string Log => File.ReadAllText(Path.Combine(DataFolder, "log"));

    /// <summary>Kills, stops, pauses or resumes the node, or starts it again.</summary>
    public Task CommandAsync(string command, params string[] arguments) => RunAsync([command, "--dir", DataFolder, .. arguments]);

    /// <summary>Creates a topic with this number of partitions, and with settings such as <c>max.message.bytes=50000</c>.</summary>
    public Task CreateTopicAsync(string topic, int partitions, params string[] settings)
    {
        string[] create = ["topics", "--create", "--topic", topic, "--partitions", $"{partitions}"];
        return CommandAsync("tool", [.. create, .. settings.SelectMany(setting => new[] { "--config", setting })]);
    }

    private async Task<Dictionary<string, string>> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(_home!, "kafka.sh"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.FullName,
        };
        // A Java that is killed leaves its temporary files.
        start.Environment["KAFKA_OPTS"] = $"-Djava.io.tmpdir={_folder.FullName} -XX:-UsePerfData";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(5));
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(5));
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"kafka.sh {arguments[0]}: {await errors}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1]);
    }

    // The listeners are those of kafka.sh, and one that the broker announces with an IPv6 address.
    private static string[] IPv6Listener(int port)
    {
        if (!Socket.OSSupportsIPv6)
            return [];
        string plain = $"PLAINTEXT://127.0.0.1:{port},SASL_PLAINTEXT://127.0.0.1:{port + 1},SASL_SSL://127.0.0.1:{port + 2},"
            + $"SSL://127.0.0.1:{port + 3},IPV6://[::1]:{port + 5}";
        return
        [
            "--set", $"listeners={plain},CONTROLLER://127.0.0.1:{port + 4}",
            "--set", $"advertised.listeners={plain}",
            "--set", "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL,"
                + "CONTROLLER:PLAINTEXT,IPV6:PLAINTEXT",
        ];
    }
}
