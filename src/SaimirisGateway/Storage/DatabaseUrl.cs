using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Npgsql;
using SaimirisGateway.Storage.Postgres;
using SaimirisGateway.Storage.Sqlite;

namespace SaimirisGateway.Storage;

/// <summary>
/// Names the database: <c>postgresql://user:password@host:5432/database?sslmode=disable</c>, or <c>sqlite:PATH</c>. Names and passwords may
/// be percent-encoded. An IPv6 address is in brackets.
/// </summary>
internal sealed partial class DatabaseUrl
{
    /// <summary>The default of <c>--database-url</c>.</summary>
    public const string Default = "postgresql://localhost/saimiris_gateway";

    private const int DefaultPort = 5432;

    // Other applications often use the same PostgreSQL, which has 100 connections for all of them.
    private const int MaxConnections = 10;

    private const string HostAndRest =
        @"(?<host>\[[^\]]*\]|[^\[\]@:/?#]*)(:(?<port>[0-9]*))?(/(?<database>[^?#@]*))?(\?(?<query>\w+=[^&]*(&\w+=[^&]*)*)?)?$";

    private readonly Func<StoreEngine> _open;

    private DatabaseUrl(string target, Func<StoreEngine> open) => (Target, _open) = (target, open);

    /// <summary>The text for log lines: <c>host:port/database</c> or <c>sqlite:PATH</c>, without user and password.</summary>
    public string Target { get; }

    /// <exception cref="FormatException">The text is no such URL. The message does not quote it, because it may contain a
    /// password.</exception>
    public static DatabaseUrl Parse(string text)
    {
        if (text.StartsWith("sqlite:", StringComparison.Ordinal))
            return ParseSqlite(text["sqlite:".Length..]);
        foreach (string scheme in (string[])["postgresql://", "postgres://"])
        {
            if (text.StartsWith(scheme, StringComparison.Ordinal))
                return ParsePostgres(text[scheme.Length..]);
        }
        throw new FormatException("it has to begin with postgresql://, postgres:// or sqlite:");
    }

    /// <summary>Creates the store. It does not connect yet.</summary>
    public GatewayStore OpenStore(TimeProvider time) => new GatewayStore(_open(), time);

    public override string ToString() => Target;

    private static DatabaseUrl ParseSqlite(string text)
    {
        string path = text.StartsWith("//", StringComparison.Ordinal) ? text[2..] : text;
        if (path.Length == 0 || path.Contains('?') || path.StartsWith(':'))
            throw new FormatException(
                "after sqlite: it needs the path of a file, without parameters, as in sqlite:/var/lib/saimiris-gateway/gateway.db");
        // The default timeout is how long a writer waits for a writer of another process, in seconds.
        var connection = new SqliteConnectionStringBuilder { DataSource = path, ForeignKeys = true, DefaultTimeout = 30 };
        return new DatabaseUrl($"sqlite:{path}", () => new SqliteEngine(connection.ConnectionString));
    }

    private static DatabaseUrl ParsePostgres(string text)
    {
        // A password may contain / ? or #: the @ after it tells it from a host and its parameters.
        var match = Encoded().Match(text);
        if (!match.Success)
            match = Plain().Match(text);
        if (!match.Success)
            throw new FormatException(
                "after postgresql:// it is not user:password@host:port/database?parameters "
                + "(an IPv6 address in brackets, as in postgresql://[2001:db8::1]:5432/name)");
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = ReadHost(match.Groups["host"].Value),
            Port = ReadPort(match.Groups["port"].Value),
            Username = Decoded(match, "user"),
            Password = Decoded(match, "password"),
            Database = Decoded(match, "database"),
            MaxPoolSize = MaxConnections,
            // This is also the wait for a free connection: a queue at one user's quota is no error.
            Timeout = 30,
            ApplicationName = "saimiris-gateway",
            // TLS encrypts. Without this, Npgsql tries Kerberos, whose library the image does not have, and writes a line to stderr.
            GssEncryptionMode = GssEncryptionMode.Disable,
        };
        foreach (string parameter in match.Groups["query"].Value.Split('&', StringSplitOptions.RemoveEmptyEntries))
            SetParameter(connection, parameter);
        string host = connection.Host.Contains(':') ? $"[{connection.Host}]" : connection.Host;
        string target = $"{host}:{connection.Port}/{connection.Database}";
        return new DatabaseUrl(target, () => new PostgresEngine(NpgsqlDataSource.Create(connection)));
    }

    private static string ReadHost(string text)
    {
        string host = Uri.UnescapeDataString(text).Trim('[', ']');
        if (host.Length == 0)
            return "localhost";
        bool valid = text.StartsWith('[')
            ? IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
            // The folder of a Unix socket, with its slashes percent-encoded.
            : host.StartsWith('/') || Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4;
        return valid ? host : throw new FormatException("its host is neither a name nor an address (IPv6 in brackets)");
    }

    private static int ReadPort(string text) => text.Length == 0
        ? DefaultPort
        : ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0
            ? port
            : throw new FormatException("its port is not a number from 1 to 65535");

    private static string? Decoded(Match match, string group) =>
        match.Groups[group] is { Length: > 0 } part ? Uri.UnescapeDataString(part.Value) : null;

    private static void SetParameter(NpgsqlConnectionStringBuilder connection, string parameter)
    {
        string[] pair = parameter.Split('=', 2);
        string value = pair.Length == 2 ? Uri.UnescapeDataString(pair[1]) : "";
        switch (pair[0])
        {
            case "user":
                connection.Username = value;
                break;
            case "password":
                connection.Password = value;
                break;
            case "sslmode":
                connection.SslMode = value switch
                {
                    "disable" => SslMode.Disable,
                    "allow" => SslMode.Allow,
                    "prefer" => SslMode.Prefer,
                    "require" => SslMode.Require,
                    "verify-ca" => SslMode.VerifyCA,
                    "verify-full" => SslMode.VerifyFull,
                    _ => throw new FormatException("its sslmode is none of disable, allow, prefer, require, verify-ca, verify-full"),
                };
                break;
            case "sslrootcert":
                connection.RootCertificate = value;
                break;
            case "application_name":
                connection.ApplicationName = value;
                break;
            default:
                // The message does not name the parameter: it may be the rest of a password.
                throw new FormatException(
                    "a parameter after ? is none of user, password, sslmode, sslrootcert, application_name (an & in a value is %26)");
        }
    }

    [GeneratedRegex(@"^((?<user>[^:/?#]*)(:(?<password>[^/?#]*))?@)?" + HostAndRest, RegexOptions.ExplicitCapture)]
    private static partial Regex Encoded();

    [GeneratedRegex(@"^(?<user>[^:/?#]*):(?<password>.*)@" + HostAndRest, RegexOptions.ExplicitCapture)]
    private static partial Regex Plain();
}
