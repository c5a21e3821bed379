using System.Net;
using Shared.Hosting.Flags;

namespace Shared.Hosting.Service;

/// <summary>
/// Asks the service that runs on this machine whether it is alive, for <c>--healthcheck</c>. A container image without a shell or curl
/// has no other program that could.
/// </summary>
internal static class HealthCheck
{
    // Below the time limit that container runtimes give a check (Dockerfile: 3 s).
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The arguments of the service in this container: those of process 1, because a check gets only the container's environment.
    /// There are none where process 1 is not the program; a program that only hands on signals (docker run --init) may come before it.
    /// </summary>
    /// <param name="program">The service's file name.</param>
    /// <param name="commandLine">The command line of process 1: words with a zero byte after each.</param>
    public static string[] ServiceArguments(string program, string commandLine) =>
        [.. commandLine.Split('\0', StringSplitOptions.None)[..^1].SkipWhile(word => Path.GetFileName(word) != program).Skip(1)];

    /// <summary>The command line of process 1; empty where the system has no such file.</summary>
    public static string CommandLineOfProcess1() => File.Exists("/proc/1/cmdline") ? File.ReadAllText("/proc/1/cmdline") : "";

    /// <summary>The exit code: 0 when the service answers <c>/livez</c>.</summary>
    /// <exception cref="StartupException">It does not answer; the message says how it failed.</exception>
    public static async Task<int> RunAsync(HostPort metrics)
    {
        // A service that listens on every address also listens on this machine's own.
        bool isAny = IPAddress.TryParse(metrics.Host, out var address)
            && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));
        string host = isAny ? "localhost" : metrics.Host;
        var url = new Uri($"http://{metrics with { Host = host }}/livez");
        try
        {
            using var client = new HttpClient { Timeout = Timeout };
            using var answer = await client.GetAsync(url);
            return answer.IsSuccessStatusCode ? 0 : throw new StartupException($"--healthcheck: {url} answers {(int)answer.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            throw new StartupException($"--healthcheck: {url} does not answer ({e.Message})", e);
        }
    }
}
