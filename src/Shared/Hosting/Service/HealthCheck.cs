using System.Net;
using Shared.Hosting.Flags;

namespace Shared.Hosting.Service;

/// <summary>
/// What <c>--healthcheck</c> does: it asks the service that runs beside it whether it is alive. A container image without a shell
/// or curl has no other program that could.
/// </summary>
internal static class HealthCheck
{
    // Below the time limit that container runtimes give a check (Dockerfile: 3 s).
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The arguments of the service in this container: those of process 1, because a check gets the container's environment only.
    /// None where process 1 is not the program; one that only hands signals on (docker run --init) may stand before it.
    /// </summary>
    /// <param name="program">The service's file name.</param>
    /// <param name="commandLine">Of process 1: words with a zero octet behind each.</param>
    public static string[] ServiceArguments(string program, string commandLine) =>
        [.. commandLine.Split('\0', StringSplitOptions.None)[..^1].SkipWhile(word => Path.GetFileName(word) != program).Skip(1)];

    /// <summary>Of process 1; empty where the system has no such file.</summary>
    public static string CommandLineOfProcess1() => File.Exists("/proc/1/cmdline") ? File.ReadAllText("/proc/1/cmdline") : "";

    /// <summary>The exit code: 0 when the service answers <c>/livez</c>.</summary>
    /// <exception cref="StartupException">It does not answer; the message says how it failed.</exception>
    public static async Task<int> RunAsync(HostPort metrics)
    {
        // Who listens on every address is asked on this machine's own.
        string host = IPAddress.TryParse(metrics.Host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            ? "localhost" : metrics.Host;
        var url = new Uri($"http://{metrics with { Host = host }}/livez");
        try
        {
            using var client = new HttpClient { Timeout = Patience };
            using var answer = await client.GetAsync(url);
            return answer.IsSuccessStatusCode ? 0 : throw new StartupException($"--healthcheck: {url} answers {(int)answer.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            throw new StartupException($"--healthcheck: {url} does not answer ({e.Message})", e);
        }
    }
}
