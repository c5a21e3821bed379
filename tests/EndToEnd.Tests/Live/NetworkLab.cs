using System.Diagnostics;
using System.Globalization;
using System.Text;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Live;

/// <summary>
/// Uses network namespaces as hosts, joined by virtual cables, with the programs that run in them. Dispose removes everything.
/// </summary>
internal sealed class NetworkLab : IAsyncDisposable
{
    // The process id makes the names unique among runs. It also shows which run left a namespace when it was killed.
    private const string NamePrefix = "suite-";

    private readonly string _prefix = $"{NamePrefix}{Environment.ProcessId}-{Random.Shared.Next(0x10000):x4}-";
    private readonly List<string> _hosts = [];
    private readonly List<LabProcess> _processes = [];

    /// <summary>The folder for configuration files and sockets. Every user can read it, because some daemons give up root.</summary>
    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory(NamePrefix);

    /// <summary>Skips the test if this machine or this user cannot have network namespaces.</summary>
    public static async Task<NetworkLab> CreateAsync(CancellationToken cancel, params string[] hosts)
    {
        Programs.Need("ip");
        if (!Environment.IsPrivilegedProcess)
            Assert.Skip("network namespaces need root");
        var lab = new NetworkLab();
        if (OperatingSystem.IsLinux())
            File.SetUnixFileMode(lab.Folder.FullName, (UnixFileMode)0b111_101_101);
        try
        {
            await RemoveLeftOversAsync(cancel);
            foreach (string host in hosts)
            {
                var (code, _, errors) = await TryAsync("ip", ["netns", "add", lab._prefix + host], cancel);
                if (code != 0)
                    Assert.Skip($"network namespaces cannot be made here: {errors.Trim()}");
                lab._hosts.Add(host);
                await lab.IpAsync(host, cancel, "link", "set", "lo", "up");
            }
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>Joins two hosts with a cable. IPv6 addresses work at once, because duplicate detection is off.</summary>
    public async Task LinkAsync(
        (string Host, string Interface, string[] Addresses) a, (string Host, string Interface, string[] Addresses) b,
            CancellationToken cancel)
    {
        await RunAsync("ip",
            ["link", "add", a.Interface, "netns", _prefix + a.Host, "type", "veth", "peer", "name", b.Interface, "netns",
                _prefix + b.Host], cancel);
        foreach (var (host, name, addresses) in ((string, string, string[])[])[a, b])
        {
            foreach (string address in addresses)
                await IpAsync(host, cancel, ["address", "add", address, "dev", name, .. address.Contains(':', StringComparison.Ordinal)
                    ? (string[])["nodad"] : []]);
            await IpAsync(host, cancel, "link", "set", name, "up");
        }
    }

    /// <summary>Starts a program in a host; it ends with the lab.</summary>
    public LabProcess Start(string host, string program, params string[] arguments) => Start(host, program, arguments, keepBytes: false);

    /// <summary>Does the same with a program whose standard output is data.</summary>
    public LabProcess StartData(string host, string program, params string[] arguments) =>
        Start(host, program, arguments, keepBytes: true);

    /// <summary>Returns what a program in a host prints; fails when the program fails.</summary>
    public Task<string> RunInAsync(string host, string[] command, CancellationToken cancel) =>
        RunAsync("ip", ["netns", "exec", _prefix + host, .. command], cancel);

    /// <summary>Does the same; null if the program fails, for instance because its daemon is not up yet.</summary>
    public async Task<string?> TryInAsync(string host, string[] command, CancellationToken cancel)
    {
        var (code, output, _) = await TryAsync("ip", ["netns", "exec", _prefix + host, .. command], cancel);
        return code == 0 ? output : null;
    }

    public static async Task<string> RunAsync(string program, string[] arguments, CancellationToken cancel)
    {
        var (code, output, errors) = await TryAsync(program, arguments, cancel);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}: {errors}{output}");
        return output;
    }

    /// <summary>Returns the last lines of output of every program.</summary>
    public string Logs() => string.Join('\n', _processes.Select(p => $"--- {p.Name}\n{p.LastLines()}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.AsEnumerable().Reverse())
            await process.DisposeAsync();
        foreach (string host in _hosts)
            await TryAsync("ip", ["netns", "delete", _prefix + host], CancellationToken.None);
        Folder.Delete(recursive: true);
    }

    private LabProcess Start(string host, string program, string[] arguments, bool keepBytes)
    {
        var process = new LabProcess($"{host}: {program}", ["netns", "exec", _prefix + host, program, .. arguments], Folder.FullName,
            keepBytes);
        _processes.Add(process);
        return process;
    }

    private Task IpAsync(string host, CancellationToken cancel, params string[] arguments) =>
        RunAsync("ip", ["-n", _prefix + host, .. arguments], cancel);

    // Removes namespaces of runs that were killed: their process is gone, their namespaces are not.
    private static async Task RemoveLeftOversAsync(CancellationToken cancel)
    {
        foreach (string line in (await RunAsync("ip", ["netns", "list"], cancel)).Split('\n'))
        {
            string name = line.Split(' ')[0];
            string[] parts = name.Split('-');
            if (!name.StartsWith(NamePrefix, StringComparison.Ordinal) || parts.Length != 4
                || !int.TryParse(parts[1], CultureInfo.InvariantCulture, out int owner) || Directory.Exists($"/proc/{owner}"))
                continue;
            foreach (string id in (await TryAsync("ip", ["netns", "pids", name], cancel)).Output
                .Split('\n', StringSplitOptions.RemoveEmptyEntries))
                await TryAsync("kill", ["-9", id], cancel);
            await TryAsync("ip", ["netns", "delete", name], cancel);
        }
    }

    private static async Task<(int Code, string Output, string Errors)> TryAsync(string program, string[] arguments,
        CancellationToken cancel)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var errors = process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        return (process.ExitCode, await output, await errors);
    }
}
