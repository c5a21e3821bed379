using System.Diagnostics;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Listen;

/// <summary>Runs a real HAProxy in front of a collector.</summary>
internal sealed class HaProxy : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private HaProxy(Process process, int port)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
        Port = port;
    }

    /// <summary>The port on 127.0.0.1 and ::1.</summary>
    public int Port { get; }

    /// <param name="folder">The folder for its configuration.</param>
    /// <param name="bind">The text after the address that it listens on.</param>
    /// <param name="server">The text after <c>server risotto</c>.</param>
    public static async Task<HaProxy> StartAsync(string folder, string bind, string server, CancellationToken cancel)
    {
        // HAProxy cannot be given port 0. A port that was free a moment ago may be taken; then another is tried.
        for (int attempt = 0; attempt < 5; attempt++)
        {
            int port = FreePorts.Next();
            string file = Path.Combine(folder, "haproxy.cfg");
            await File.WriteAllTextAsync(file, $"""
                global
                  maxconn 200
                defaults
                  mode tcp
                  timeout connect 5s
                  timeout client 1h
                  timeout server 1h
                listen bmp
                  bind 127.0.0.1:{port}{bind}
                  bind [::1]:{port}{bind}
                  server risotto {server}

                """, cancel);
            var proxy = new HaProxy(Process.Start(new ProcessStartInfo(Find(), ["-db", "-f", file]) { RedirectStandardError = true })!,
                port);
            if (await proxy.IsListeningAsync(cancel))
                return proxy;
            await proxy.DisposeAsync();
            Assert.True(attempt < 4, $"haproxy does not start: {await proxy._errors}");
        }
        throw new UnreachableException();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string Find() => File.Exists("/usr/sbin/haproxy") ? "/usr/sbin/haproxy" : "haproxy";

    // The kernel's table shows the port without a connection that the collector would count.
    private async Task<bool> IsListeningAsync(CancellationToken cancel)
    {
        string suffix = $":{Port:X4} 00000000000000000000000000000000:0000 0A ";
        bool isListening = false;
        await Eventually.TrueAsync(async () =>
        {
            isListening = (await File.ReadAllTextAsync("/proc/net/tcp6", cancel)).Contains(suffix, StringComparison.Ordinal);
            return isListening || _process.HasExited;
        }, TimeSpan.FromMinutes(5), () => "haproxy neither listens nor ends", cancel);
        return isListening;
    }
}
