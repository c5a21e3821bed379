using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using EndToEnd.Tests.Live;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Stack;

/// <summary>Tests that the programs that read the files of docker/ accept them.</summary>
public sealed class ConfigurationFileTests
{
    // docker-compose takes seconds to start.
    private static readonly ConcurrentDictionary<string, Task<string>> Composed = new();

    // Each entry is a container, a network, and the suffix of its address, as on coreams01.
    private static readonly (string Service, string Network, string Suffix)[] Addresses =
    [
        ("redpanda", "dmz", "b"), ("redpanda", "backend", "103"), ("risotto", "dmz", "c"), ("risotto", "backend", "112"),
        ("pesto", "dmz", "d"), ("pesto", "backend", "113"), ("saimiris_gateway", "backend", "114"), ("clickhouse", "backend", "101"),
        ("prometheus", "backend", "104"), ("grafana", "backend", "105"), ("alertmanager", "backend", "106"), ("cadvisor", "backend", "108"),
        ("loki", "backend", "109"), ("alloy", "backend", "110"), ("postgresql", "backend", "116"),
    ];

    [Theory]
    [InlineData("2a06:de00:50:cafe:10", "2a06:de00:50:cafe:100")]
    [InlineData("fd00:0:0:1:10", "fd00:0:0:1:100")]
    public async Task Compose_takes_the_file_and_every_address_is_in_the_networks_of_env(string backend, string dmz)
    {
        using var compose = await ComposeAsync(backend, dmz);
        var services = compose.RootElement.GetProperty("services");
        foreach (var (service, network, suffix) in Addresses)
        {
            string? address = services.GetProperty(service).GetProperty("networks").GetProperty(network).GetProperty("ipv6_address")
                .GetString();
            Assert.Equal($"{(network == "dmz" ? dmz : backend)}::{suffix}", address);
        }
        Assert.Equal($"{backend}::/80", compose.RootElement.GetProperty("networks").GetProperty("backend").GetProperty("ipam")
            .GetProperty("config")[1].GetProperty("subnet").GetString());
        if (!backend.StartsWith("2a06", StringComparison.Ordinal))
            Assert.DoesNotContain("2a06:", compose.RootElement.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_services_run_without_rights_and_with_a_root_file_system_that_cannot_be_written()
    {
        using var compose = await ComposeAsync("fd00:0:0:1:10", "fd00:0:0:1:100");
        foreach (string name in new[] { "risotto", "pesto", "saimiris_gateway" })
        {
            var service = compose.RootElement.GetProperty("services").GetProperty(name);
            Assert.True(service.GetProperty("read_only").GetBoolean());
            Assert.Equal("ALL", Assert.Single(service.GetProperty("cap_drop").EnumerateArray()).GetString());
            Assert.Equal("/data", service.GetProperty("volumes")[0].GetString()!.Split(':')[1]);
        }
    }

    [Fact]
    public async Task Every_file_of_docker_that_is_mounted_is_there_and_no_secret_is_in_the_repository()
    {
        using var compose = await ComposeAsync("fd00:0:0:1:10", "fd00:0:0:1:100");
        var mounted = from service in compose.RootElement.GetProperty("services").EnumerateObject()
                      where service.Value.TryGetProperty("volumes", out _)
                      from volume in service.Value.GetProperty("volumes").EnumerateArray()
                      let source = volume.GetString()!.Split(':')[0]
                      where source.StartsWith(StackFolder.Path, StringComparison.Ordinal)
                      select source;
        Assert.NotEmpty(mounted);
        Assert.All(mounted, source => Assert.True(Path.Exists(source), source));
        string tracked = await NetworkLab.RunAsync("git", ["-C", RepositoryFolder.Root, "ls-files", "docker"],
            TestContext.Current.CancellationToken);
        Assert.DoesNotContain(tracked.Split('\n'), file => file.StartsWith("docker/secrets/", StringComparison.Ordinal)
            || file is "docker/.env" or "docker/coreams01/secrets.yml");
    }

    [Fact]
    public async Task Promtool_and_amtool_take_the_configuration_and_the_rules_and_every_alert_has_a_test()
    {
        Programs.Need("promtool", "amtool");
        var cancel = TestContext.Current.CancellationToken;
        await NetworkLab.RunAsync("promtool", ["check", "config", StackFolder.File("prometheus", "prometheus.yml")], cancel);
        await NetworkLab.RunAsync("promtool", ["check", "rules", StackFolder.File("prometheus", "alerts.yml")], cancel);
        await NetworkLab.RunAsync("promtool", ["test", "rules", StackFolder.File("prometheus", "alerts_test.yml")], cancel);
        await NetworkLab.RunAsync("amtool", ["check-config", StackFolder.File("alertmanager", "alertmanager.yml")], cancel);

        string tests = await File.ReadAllTextAsync(StackFolder.File("prometheus", "alerts_test.yml"), cancel);
        string documents = await File.ReadAllTextAsync(Path.Combine(RepositoryFolder.Root, "docs", "how-to", "alerts.md"), cancel);
        var alerts = Regex.Matches(await File.ReadAllTextAsync(StackFolder.File("prometheus", "alerts.yml"), cancel), @"alert: (\w+)")
            .Select(m => m.Groups[1].Value).ToList();
        Assert.Empty(alerts.Where(alert => !tests.Contains($"alertname=\"{alert}\"", StringComparison.Ordinal))
            .Select(alert => $"{alert} has no test in alerts_test.yml"));
        Assert.Empty(alerts.Where(alert => !documents.Contains($"`{alert}`", StringComparison.Ordinal))
            .Select(alert => $"docs/how-to/alerts.md does not say what {alert} means"));
    }

    private static async Task<JsonDocument> ComposeAsync(string backend, string dmz)
    {
        Programs.Need("docker-compose", "python3");
        string file = StackFolder.File("compose.yml"), env = StackFolder.File(".env.example");
        string command =
            $"BACKEND_PREFIX={backend} DMZ_PREFIX={dmz} docker-compose --profile replay -f '{file}' --env-file '{env}' config | python3 "
            + $"-c 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)'";
        return JsonDocument
            .Parse(await Composed.GetOrAdd(command, _ => NetworkLab.RunAsync("bash", ["-c", "set -o pipefail; " + command],
            CancellationToken.None)));
    }
}
