using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Suite.Tests.Records;

namespace EndToEnd.Tests.ClickHouse;

/// <summary>Runs Debian's ClickHouse 18.16 with its data in a temporary folder, on free loopback ports.</summary>
internal sealed class ClickHouseServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder;
    private readonly Process _process;
    private readonly int _port;

    private ClickHouseServer(DirectoryInfo folder, Process process, int port, int http) =>
        (_folder, _process, _port, Http) = (folder, process, port, new Uri($"http://127.0.0.1:{http}/"));

    /// <summary>The address of its HTTP interface.</summary>
    public Uri Http { get; }

    public static async Task<ClickHouseServer> StartAsync(CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("clickhouse-");
        int port = FreePorts.Next(), http = FreePorts.Next();
        string path = folder.FullName;
        File.WriteAllText(Path.Combine(path, "users.xml"), """
            <yandex><profiles><default/></profiles><quotas><default/></quotas>
            <users><default><password></password><networks><ip>127.0.0.1</ip></networks>
            <profile>default</profile><quota>default</quota></default></users></yandex>
            """);
        File.WriteAllText(Path.Combine(path, "config.xml"), $"""
            <yandex>
            <logger><level>warning</level><log>{path}/log</log><errorlog>{path}/errors</errorlog></logger>
            <http_port>{http}</http_port><tcp_port>{port}</tcp_port><listen_host>127.0.0.1</listen_host>
            <path>{path}/data/</path><tmp_path>{path}/tmp/</tmp_path><format_schema_path>{path}/schemas/</format_schema_path>
            <users_config>{path}/users.xml</users_config>
            <default_profile>default</default_profile><default_database>default</default_database>
            <mark_cache_size>5368709</mark_cache_size>
            </yandex>
            """);
        var process = Process.Start(new ProcessStartInfo("clickhouse-server", ["--config-file", Path.Combine(path, "config.xml")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = path,
        })!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new ClickHouseServer(folder, process, port, http);
        await Eventually.TrueAsync(() => Task.FromResult(process.HasExited || Answers(port)), StartTimeout,
            () => "clickhouse-server does not listen", cancel);
        Assert.False(process.HasExited, $"clickhouse-server ended: {(process.HasExited ? server.Errors() : "")}");
        return server;
    }

    /// <summary>Runs a query with the client; gives back what it prints.</summary>
    /// <param name="input">What follows the query: the rows of an INSERT.</param>
    /// <param name="schema">File and struct that the rows are in.</param>
    /// <param name="schemas">Folder of the file; null: that of today's schemas.</param>
    public async Task<string> QueryAsync(string query, ReadOnlyMemory<byte> input, CancellationToken cancel,
        string schema = "update:Update", string? schemas = null)
    {
        // The client itself reads Cap'n Proto, and looks for the schema where it runs.
        using var client = Process.Start(new ProcessStartInfo("clickhouse-client",
            ["--host", "127.0.0.1", "--port", _port.ToString(CultureInfo.InvariantCulture), "--format_schema", schema, "--query", query])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = schemas ?? Path.GetDirectoryName(RepositoryFolder.Schema("update"))!,
        })!;
        var output = client.StandardOutput.ReadToEndAsync(cancel);
        var errors = client.StandardError.ReadToEndAsync(cancel);
        try
        {
            await client.StandardInput.BaseStream.WriteAsync(input, cancel);
            client.StandardInput.Close();
        }
        catch (IOException)
        {
            // The client has ended already. Its exit code and its output give the reason.
        }
        await client.WaitForExitAsync(cancel);
        Assert.True(client.ExitCode == 0, $"clickhouse-client ended with {client.ExitCode}: {await errors}");
        return await output;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private string Errors()
    {
        string file = Path.Combine(_folder.FullName, "errors");
        return File.Exists(file) ? File.ReadAllText(file) : "";
    }

    private static bool Answers(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
