using EndToEnd.Tests.Live;

namespace EndToEnd.Tests.Stack;

/// <summary>
/// Runs a PostgreSQL in a host of the lab, with an empty database <c>saimiris</c> whose user has to give a password, as on coreams01.
/// </summary>
internal sealed class LabPostgres : IAsyncDisposable
{
    private readonly NetworkLab _lab;
    private readonly string _host, _programs, _folder;

    private LabPostgres(NetworkLab lab, string host, string programs)
    {
        (_lab, _host, _programs) = (lab, host, programs);
        _folder = Path.Combine(lab.Folder.FullName, "postgresql");
    }

    /// <summary>Skips the test if there is no PostgreSQL.</summary>
    public static string Need()
    {
        string? programs = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))
                .Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Max()
            : null;
        Assert.SkipWhen(programs is null, "PostgreSQL is not installed");
        return programs!;
    }

    /// <summary>Returns when it answers.</summary>
    public static async Task<LabPostgres> StartAsync(NetworkLab lab, string host, string address, string user, string password,
        CancellationToken cancel)
    {
        var server = new LabPostgres(lab, host, Need());
        await server.StartAsync(address, user, password, cancel);
        return server;
    }

    public async ValueTask DisposeAsync() =>
        await _lab.TryInAsync(_host, AsPostgres("pg_ctl", "stop", "--mode", "immediate", "--pgdata", _folder), CancellationToken.None);

    private async Task StartAsync(string address, string user, string password, CancellationToken cancel)
    {
        string passwordFile = Path.Combine(_lab.Folder.FullName, "postgresql-password");
        await File.WriteAllTextAsync(passwordFile, password, cancel);
        Directory.CreateDirectory(_folder);
        await NetworkLab.RunAsync("chown", ["postgres", _folder, passwordFile], cancel);
        await _lab.RunInAsync(_host, AsPostgres("initdb", "--pgdata", _folder, "--username", user, "--pwfile", passwordFile,
            "--auth-local", "trust", "--auth-host", "md5", "--encoding", "UTF8", "--no-locale", "--no-sync"), cancel);
        await File.AppendAllTextAsync(Path.Combine(_folder, "pg_hba.conf"), "host all all ::/0 md5\n", cancel);
        var process = _lab.Start(_host, "setpriv", AsPostgres("postgres", "-D", _folder, "-h", address, "-k", _folder, "-c",
            "fsync=off")[1..]);
        string? created = await _lab.TryInAsync(_host,
            ["timeout", "60", "bash", "-c", "until \"$1/createdb\" -h \"$2\" -U \"$3\" saimiris; do sleep 0.1; done", "bash", _programs,
                _folder, user], cancel);
        Assert.True(created is not null, $"PostgreSQL is not ready: {process.LastLines()}");
    }

    // PostgreSQL does not run as root.
    private string[] AsPostgres(string program, params string[] arguments) =>
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", Path.Combine(_programs, program), .. arguments];
}
