using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EndToEnd.Tests.Live;

namespace EndToEnd.Tests.Curation;

/// <summary>A GoBGP daemon without neighbours on this machine. It reports its own table to a collector by BMP.</summary>
internal sealed class GoBgpDaemon : IAsyncDisposable
{
    private readonly string _folder;
    private readonly string _apiPort;
    private readonly Process _process;
    private int _files;

    public GoBgpDaemon(string folder, int bmpPort, int apiPort)
    {
        _folder = folder;
        _apiPort = apiPort.ToString(CultureInfo.InvariantCulture);
        string file = Path.Combine(folder, "gobgpd.toml");
        File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $"""
            [global.config]
              as = 65001
              router-id = "192.0.2.1"
              port = -1
            [[bmp-servers]]
              [bmp-servers.config]
                address = "127.0.0.1"
                port = {bmpPort}
                route-monitoring-policy = "local-rib"
            """));
        _process = Start("gobgpd", "-f", file, "--api-hosts", $"127.0.0.1:{_apiPort}", "--pprof-disable");
    }

    /// <summary>Announces the routes, or changes them.</summary>
    public async Task InjectAsync(IEnumerable<(int Prefix, uint Origin)> routes, CancellationToken cancel)
    {
        string file = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{_files++}.mrt"));
        MrtFile.Write(file, routes);
        await CommandAsync(["mrt", "inject", "global", file, "--no-ipv6", "-q"], cancel);
        File.Delete(file);
    }

    /// <summary>
    /// Announces one prefix. Only routes that are announced like this can be withdrawn: the command line does not find injected paths.
    /// </summary>
    public Task AnnounceAsync(string prefix, CancellationToken cancel) =>
        CommandAsync(["global", "rib", "add", prefix, "-a", "ipv4"], cancel);

    public Task WithdrawAsync(string prefix, CancellationToken cancel) =>
        CommandAsync(["global", "rib", "del", prefix, "-a", "ipv4"], cancel);

    /// <summary>Reports the table to another station too.</summary>
    public Task AddStationAsync(int bmpPort, CancellationToken cancel) =>
        CommandAsync(["bmp", "add", Station(bmpPort), "local-rib"], cancel);

    /// <summary>Removes a station: the daemon closes its session.</summary>
    public Task RemoveStationAsync(int bmpPort, CancellationToken cancel) => CommandAsync(["bmp", "delete", Station(bmpPort)], cancel);

    private static string Station(int bmpPort) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{bmpPort}");

    /// <summary>Returns prefix and AS path of each best route.</summary>
    public async Task<Dictionary<string, string>> TableAsync(CancellationToken cancel)
    {
        using var json = JsonDocument.Parse(await CommandAsync(["global", "rib", "-a", "ipv4", "-j"], cancel));
        return json.RootElement.EnumerateObject().ToDictionary(
            prefix => prefix.Name, prefix =>
                RouteLine.AsPathOf(prefix.Value.EnumerateArray().Single(path => path.GetProperty("best").GetBoolean())));
    }

    public async Task<bool> IsUpAsync(CancellationToken cancel)
    {
        using var gobgp = Start("gobgp", "-p", _apiPort, "global");
        await gobgp.WaitForExitAsync(cancel);
        return gobgp.ExitCode == 0;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<string> CommandAsync(string[] command, CancellationToken cancel)
    {
        using var gobgp = Start("gobgp", ["-p", _apiPort, .. command]);
        string output = await gobgp.StandardOutput.ReadToEndAsync(cancel);
        await gobgp.WaitForExitAsync(cancel);
        return gobgp.ExitCode == 0 ? output : throw new InvalidOperationException($"gobgp {string.Join(' ', command)}: {output}");
    }

    private static Process Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        if (program == "gobgpd")
        {
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
        }
        return process;
    }
}
