using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using EndToEnd.Tests.Live;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Stack;

/// <summary>
/// Runs the images in place of those of coreams01, with its command lines and addresses (in a network namespace, where they are this
/// machine's own), with a real Kafka (KAFKA_HOME) instead of Redpanda, as a user who is not root and on a read-only file system.
/// </summary>
public sealed class ContainerImageTests
{
    private const string Host = "core", Uid = "1001";
    private const long MostBytes = 110_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly (string Service, string Image, string Program, string Metrics, string[] Play)[] Services =
    [
        ("risotto", "risotto", "risotto", $"[{ContractCommandLines.Backend}::112]:8080",
            ["bmp/frr/input.pcap", "--to", $"[{ContractCommandLines.Dmz}::c]:4000", "--speed", "max"]),
        ("pesto", "pesto", "pesto", $"[{ContractCommandLines.Backend}::113]:8080",
            ["sflow/hsflowd/input.pcap.gz", "--to", $"[{ContractCommandLines.Dmz}::d]:6343", "--speed", "max"]),
        ("saimiris_gateway", "saimiris-gateway", "saimiris-gateway", $"[{ContractCommandLines.Backend}::114]:9090",
            ["replies/caracal/input.pcap", "--to", $"http://[{ContractCommandLines.Backend}::114]:8080", "--agent", "ams-1",
                "--agent-key-file", "KEY"]),
    ];

    [Fact]
    public async Task Each_image_is_small_runs_with_the_command_line_of_coreams01_and_takes_a_capture()
    {
        var cancel = TestContext.Current.CancellationToken;
        var images = await ImageStore.CreateAsync(cancel);
        string? kafka = Environment.GetEnvironmentVariable("KAFKA_HOME");
        Assert.SkipWhen(string.IsNullOrEmpty(kafka), "KAFKA_HOME is not set");
        Programs.Need("unshare", "nsenter", "curl", "java", "haproxy", "python3");
        LabPostgres.Need();
        await using var lab = await NetworkLab.CreateAsync(cancel, Host);
        string folder = lab.Folder.FullName;
        foreach (string address in new[] { $"{ContractCommandLines.Dmz}::b", $"{ContractCommandLines.Dmz}::c",
            $"{ContractCommandLines.Dmz}::d",
            $"{ContractCommandLines.Backend}::103", $"{ContractCommandLines.Backend}::112", $"{ContractCommandLines.Backend}::113",
                $"{ContractCommandLines.Backend}::114",
            $"{ContractCommandLines.Backend}::116" })
            await lab.RunInAsync(Host, ["ip", "-6", "address", "add", $"{address}/128", "dev", "lo", "nodad"], cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "hosts"),
            $"127.0.0.1 localhost\n::1 localhost\n{ContractCommandLines.Dmz}::b redpanda.nxthdr.dev\n", cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "key"), ContractCommandLines.AgentKey, cancel);
        try
        {
            await KafkaAsync(lab, kafka, cancel);
            await using var postgres = await LabPostgres.StartAsync(lab, Host, $"{ContractCommandLines.Backend}::116",
                ContractCommandLines.DatabaseUser, ContractCommandLines.DatabasePassword, cancel);
            foreach (var service in Services)
                await RunAsync(lab, images, service, cancel);
        }
        catch
        {
            TestContext.Current.TestOutputHelper?.WriteLine(lab.Logs());
            throw;
        }
        finally
        {
            await lab.TryInAsync(Host, ["bash", Path.Combine(kafka, "kafka.sh"), "kill", "--dir", Path.Combine(folder, "kafka")],
                CancellationToken.None);
            await images.RemoveContainersAsync();
        }
    }

    private static async Task RunAsync(
        NetworkLab lab, ImageStore images, (string Service, string Image, string Program, string Metrics, string[] Play) service,
            CancellationToken cancel)
    {
        string root = await images.BuildAsync(service.Image, cancel);
        Assert.Equal($"{Uid}:{Uid} [/app/{service.Program}] [CMD /app/{service.Program} --healthcheck]",
            await images.InspectAsync(service.Image,
                "{{.Docker.Config.User}} {{.Docker.Config.Entrypoint}} {{.Docker.Config.Healthcheck.Test}}", cancel));
        var files = new DirectoryInfo(Path.Combine(root, "app")).GetFiles("*", SearchOption.AllDirectories);
        long bytes = files.Sum(file => file.Length);
        Assert.InRange(bytes, 1, MostBytes);
        Assert.Single(files, file => file.Name.Contains("librdkafka", StringComparison.Ordinal));
        Assert.False(Path.Exists(Path.Combine(root, "bin", "sh")));

        string data = Path.Combine(lab.Folder.FullName, service.Service);
        Directory.CreateDirectory(data);
        string[] environment = (await images.InspectAsync(service.Image, "{{range .Docker.Config.Env}}{{println .}}{{end}}", cancel))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] arguments = [.. ContractCommandLines.All[service.Service].SelectMany(a => new[] { a.Flag, a.Value })];
        LabProcess Start(params string[] arguments) => ContainerImageTests.Start(lab, root, data, environment,
            [$"/app/{service.Program}", .. arguments]);
        // The folder belongs to root, as after a version that ran as root.
        var refused = Start(arguments);
        await Eventually.TrueAsync(() => Task.FromResult(refused.HasEnded), Patience,
            () => $"{service.Service} runs on a folder of root's", cancel);
        Assert.Matches(@"--(spool-dir|curation-state-path): /data", refused.LastLines());

        await NetworkLab.RunAsync("chown", ["-R", $"{Uid}:{Uid}", data], cancel);
        long begin = Stopwatch.GetTimestamp();
        var process = Start(arguments);
        await ReadyAsync(lab, service.Metrics, process, cancel);
        var ready = Stopwatch.GetElapsedTime(begin);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{service.Image}: {bytes / 1e6:F1} MB over the base, ready after {ready.TotalSeconds:F2} s"));

        string init = await InitOfAsync(lab, service, cancel);
        await lab.RunInAsync(Host, ["nsenter", "--target", init, "--pid", "--root", "--setuid", Uid, "--setgid", Uid, "--",
            $"/app/{service.Program}", "--healthcheck"], cancel);

        string[] play = [.. service.Play.Select(word => word == "KEY" ? Path.Combine(lab.Folder.FullName, "key") : word)];
        play[0] = Path.Combine(RepositoryFolder.Captures, play[0]);
        await lab.RunInAsync(Host, ["dotnet", Path.Combine(AppContext.BaseDirectory, "replay.dll"), "send", .. play], cancel);
        string prefix = service.Service;
        double decoded = 0, acked = 0;
        await Eventually.TrueAsync(async () =>
        {
            string page = await lab.RunInAsync(Host, ["curl", "--silent", "--globoff", $"http://{service.Metrics}/metrics"], cancel);
            // All routers of the capture have one address here, so what one of them reports about another's peers is left out.
            decoded = Sum(page, $"{prefix}_records_decoded_total") + Sum(page, $"{prefix}_records_synthetic_total")
                - Sum(page, $"{prefix}_records_suppressed_total") - Sum(page, $"{prefix}_records_dropped_total", "superseded");
            acked = Sum(page, $"{prefix}_records_acked_total");
            return decoded > 0 && decoded == acked;
        }, Patience, () => $"{service.Service}: {acked} of {decoded} records are acknowledged\n{process.LastLines()}", cancel);

        if (service.Service == "saimiris_gateway")
            await GatewayImage.AskAsync(lab, Host, $"http://[{ContractCommandLines.Backend}::114]:8080", cancel);
        await EndAsync(process, init, cancel);
        if (service.Service == "risotto")
            Assert.True(File.Exists(Path.Combine(data, "state.bin")));
        if (service.Service == "saimiris_gateway")
        {
            process = Start(await GatewayImage.OnSqliteAsync(lab, Host, service.Metrics, cancel));
            await ReadyAsync(lab, service.Metrics, process, cancel);
            await GatewayImage.AskAsUserAsync(lab, Host, cancel);
            Assert.True(File.Exists(Path.Combine(data, "gateway.db")));
            await EndAsync(process, await InitOfAsync(lab, service, cancel), cancel);
        }
    }

    private static async Task ReadyAsync(NetworkLab lab, string metrics, LabProcess process, CancellationToken cancel)
    {
        string? answered = await lab.TryInAsync(Host,
            ["timeout", "60", "bash", "-c",
                $"until curl --silent --globoff --fail 'http://{metrics}/readyz' >/dev/null; do sleep 0.02; done"], cancel);
        Assert.True(answered is not null, $"it is not ready: {process.LastLines()}");
    }

    private static async Task EndAsync(LabProcess process, string init, CancellationToken cancel)
    {
        await NetworkLab.RunAsync("kill", ["-TERM", init], cancel);
        await Eventually.TrueAsync(() => Task.FromResult(process.HasEnded), TimeSpan.FromMinutes(5),
            () => $"it does not end at SIGTERM: {process.LastLines()}", cancel);
    }

    // The process is number 1 of its own namespace. The image is its root, read-only except /data, with the image's variables.
    private static LabProcess Start(NetworkLab lab, string root, string data, string[] environment, string[] command)
    {
        const string script = """
            set -e
            root=$1 data=$2 hosts=$3 uid=$4
            shift 4
            mount --bind "$root" "$root"
            mount --bind "$data" "$root/data"
            mount --bind "$hosts" "$root/etc/hosts"
            mount -o remount,bind,ro "$root"
            mount -t proc proc "$root/proc"
            mount --rbind /dev "$root/dev"
            exec /usr/sbin/chroot --userspec="$uid:$uid" --groups= "$root" "$@"
            """;
        return lab.Start(Host, "env",
        [
            "--ignore-environment", $"PATH={Environment.GetEnvironmentVariable("PATH")}",
                .. environment.Where(variable => !variable.StartsWith("PATH=", StringComparison.Ordinal)),
            "unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "bash", "-c", script, "run", root, data,
                Path.Combine(lab.Folder.FullName, "hosts"), Uid, .. command,
        ]);
    }

    private static async Task<string> InitOfAsync(NetworkLab lab,
        (string Service, string Image, string Program, string Metrics, string[] Play) service, CancellationToken cancel) =>
        (await lab.RunInAsync(Host, ["pgrep", "--full", "--newest", $"^/app/{service.Program} "], cancel)).Trim();

    private static async Task KafkaAsync(NetworkLab lab, string home, CancellationToken cancel)
    {
        // Kafka needs another port for each listener. Redpanda has the same port on two addresses, so a proxy listens on the second.
        const int own = 19092, behindProxy = 19093;
        string listeners =
            $"PLAINTEXT://127.0.0.1:{own},BACKEND://[{ContractCommandLines.Backend}::103]:9092,"
            + $"SASL_PLAINTEXT://[{ContractCommandLines.Dmz}::b]:{behindProxy}";
        string proxy = Path.Combine(lab.Folder.FullName, "haproxy.cfg");
        await File.WriteAllTextAsync(proxy, $"""
            defaults
              mode tcp
              timeout connect 5s
              timeout client 10m
              timeout server 10m
            listen dmz
              bind [{ContractCommandLines.Dmz}::b]:9092
              server kafka [{ContractCommandLines.Dmz}::b]:{behindProxy}

            """, cancel);
        lab.Start(Host, "haproxy", "-db", "-f", proxy);
        await lab.RunInAsync(Host,
        [
            "bash", Path.Combine(home, "kafka.sh"), "start", "--dir", Path.Combine(lab.Folder.FullName, "kafka"), "--port", $"{own}",
            "--user", $"{ContractCommandLines.KafkaUser}:{ContractCommandLines.KafkaPassword}",
            "--set", $"listeners={listeners},CONTROLLER://127.0.0.1:{own + 4}",
            "--set", $"advertised.listeners={listeners}",
            "--set",
                "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,BACKEND:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
        ], cancel);
    }

    private static double Sum(string page, string metric, string label = "") =>
        Regex.Matches(page, $@"^{metric}(?:{{[^}}]*{label}[^}}]*}})? (\S+)$", RegexOptions.Multiline)
            .Sum(line => double.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture));
}
