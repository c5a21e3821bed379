using System.Diagnostics;
using Npgsql;
using SaimirisGateway.Tests.Storage;
using Suite.Tests.Records;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace SaimirisGateway.Tests.Storage;

/// <summary>
/// Runs a PostgreSQL in a folder of its own, for all tests of a run. It starts when a test first asks for a database.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _starting = new(1, 1);
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"gateway-postgres-{Guid.NewGuid():N}");
    private Process? _server;
    private int _port, _databases;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Creates an empty database. Without PostgreSQL the test is skipped.</summary>
    /// <returns>The value for <c>--database-url</c>.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        string? programs = Programs();
        if (programs is null)
            Assert.Skip("PostgreSQL is not installed");
        var cancel = TestContext.Current.CancellationToken;
        await _starting.WaitAsync(cancel);
        try
        {
            _server ??= await StartAsync(programs);
        }
        finally
        {
            _starting.Release();
        }
        string name = $"test_{Interlocked.Increment(ref _databases)}";
        await using var admin = new NpgsqlConnection(ConnectionString(Url("postgres")));
        await admin.OpenAsync(cancel);
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", admin);
        await create.ExecuteNonQueryAsync(cancel);
        return Url(name);
    }

    /// <summary>Returns the connection string for the test's own connections.</summary>
    public static string ConnectionString(string url)
    {
        var uri = new Uri(url);
        return new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.Port,
            Username = "postgres",
            Database = uri.AbsolutePath[1..],
            Pooling = false
        }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            // The data folder has the process id of this server.
            await RunAsync(Path.Combine(Programs()!, "pg_ctl"), "stop", "--mode", "immediate", "--pgdata", _folder);
            _server.Dispose();
        }
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
        _starting.Dispose();
    }

    private string Url(string database) => $"postgresql://postgres@127.0.0.1:{_port}/{database}?sslmode=disable";

    private static string? Programs() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))
            .Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Max()
        : null;

    private async Task<Process> StartAsync(string programs)
    {
        Directory.CreateDirectory(_folder);
        if (Environment.IsPrivilegedProcess)
            await RunAsync("chown", "postgres", _folder);
        await RunAsync(Path.Combine(programs, "initdb"), "--pgdata", _folder, "--username", "postgres", "--auth", "trust", "--encoding",
            "UTF8", "--no-locale", "--no-sync");
        // ::1 asks for a password, as in production.
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "pg_hba.conf"), "host all all 127.0.0.1/32 trust\nhost all all ::1/128 scram-sha-256\n");
        _port = FreePorts.Next();
        var server = Start(Path.Combine(programs, "postgres"), "-D", _folder, "-p", $"{_port}", "-h", "127.0.0.1,::1", "-k", _folder,
            "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200", "-c", "log_min_error_statement=panic");
        using var bound = new CancellationTokenSource(StartTimeout);
        while (await server.StandardError.ReadLineAsync(bound.Token) is { } line)
        {
            if (line.Contains("ready to accept connections", StringComparison.Ordinal))
            {
                // Its output has to be read from here on, or it stops at a full pipe.
                _ = server.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                return server;
            }
        }
        throw new InvalidOperationException("postgres ended before it was ready");
    }

    // PostgreSQL does not run as root.
    private static Process Start(string program, params string[] arguments)
    {
        string[] command = Environment.IsPrivilegedProcess && program != "chown"
            ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments]
            : [program, .. arguments];
        return Process.Start(
            new ProcessStartInfo(command[0], command[1..])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = "/"
            })!;
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program}: {errors}");
    }
}
