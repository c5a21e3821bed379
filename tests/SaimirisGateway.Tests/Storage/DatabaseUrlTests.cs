using Npgsql;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Tests.Storage;

public sealed class DatabaseUrlTests(PostgresServer server)
{
    [Theory]
    [InlineData("postgresql://localhost/saimiris_gateway", "localhost:5432/saimiris_gateway")]
    [InlineData("postgresql://[2001:db8::10]:5433/saimiris?user=me&password=secret&sslmode=disable", "[2001:db8::10]:5433/saimiris")]
    [InlineData("postgres://me:secret@db.example.net/saimiris", "db.example.net:5432/saimiris")]
    [InlineData("postgresql://me:secret@192.0.2.1:6432/a%20b", "192.0.2.1:6432/a b")]
    [InlineData("postgresql://me:p@ss:w%ord@db/saimiris?sslmode=require", "db:5432/saimiris")]
    [InlineData("postgresql://me:p/a?s#s@db:1/saimiris?sslmode=require", "db:1/saimiris")]
    [InlineData("postgresql:///saimiris", "localhost:5432/saimiris")]
    [InlineData("postgresql://db", "db:5432/")]
    [InlineData("sqlite:gateway.db", "sqlite:gateway.db")]
    [InlineData("sqlite:/var/lib/gateway.db", "sqlite:/var/lib/gateway.db")]
    [InlineData("sqlite:///var/lib/gateway.db", "sqlite:/var/lib/gateway.db")]
    public void The_target_for_logs_is_host_port_and_database_without_a_password(string url, string target)
    {
        Assert.Equal(target, DatabaseUrl.Parse(url).Target);
        Assert.Equal(target, DatabaseUrl.Parse(url).ToString());
    }

    [Theory]
    [InlineData("mysql://me:secret@db/saimiris", "postgresql://")]
    [InlineData("", "postgresql://")]
    [InlineData("sqlite:", "path")]
    [InlineData("sqlite::memory:", "path")]
    [InlineData("sqlite:a.db?mode=secret", "parameters")]
    [InlineData("postgresql://2001:db8::1/saimiris?password=secret", "brackets")]
    [InlineData("postgresql://[2001:db8::zz]/saimiris?password=secret", "host")]
    [InlineData("postgresql://me:secret@db_1,db_2/saimiris", "host")]
    [InlineData("postgresql://me:secret@db:0/saimiris", "port")]
    [InlineData("postgresql://me:secret@db:65536/saimiris", "port")]
    [InlineData("postgresql://db/saimiris?sslmode=secret", "sslmode")]
    [InlineData("postgresql://db/saimiris?password=a&secret=1", "parameter")]
    public void An_impossible_database_url_is_refused_without_quoting_it(string url, string part)
    {
        string message = Assert.Throws<FormatException>(() => DatabaseUrl.Parse(url)).Message;
        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
    }

    // Spellings of the password p:a@s/s?w#o%r d& in a URL.
    [Trait("Needs", "Daemon")]
    [Theory]
    [InlineData("postgresql://{0}:p:a@s/s?w#o%25r d&@{1}", "sslmode=disable")]
    [InlineData("postgresql://{0}:p:a@s/s?w#o%r d&@{1}", "sslmode=prefer")]
    [InlineData("postgresql://{0}:p%3Aa%40s%2Fs%3Fw%23o%25r%20d%26@{1}", "sslmode=allow")]
    [InlineData("postgres://{1}", "user={0}&password=p:a@s/s?w%23o%25r%20d%26")]
    [InlineData("postgres://somebody:else@{1}", "user={0}&password=p%3Aa%40s/s?w#o%r d%26&sslmode=disable")]
    public async Task A_password_may_be_percent_encoded_and_need_not_be(string address, string query)
    {
        string plain = await server.CreateDatabaseAsync();
        var cancel = TestContext.Current.CancellationToken;
        string role = "role_" + new Uri(plain).AbsolutePath[1..];
        await using (var admin = new NpgsqlConnection(PostgresServer.ConnectionString(plain)))
        {
            await admin.OpenAsync(cancel);
            await using var create = new NpgsqlCommand($"CREATE ROLE {role} LOGIN PASSWORD 'p:a@s/s?w#o%r d&'", admin);
            await create.ExecuteNonQueryAsync(cancel);
        }
        // ::1 asks for the password: a wrong one fails.
        string place = $"[::1]:{new Uri(plain).Port}{new Uri(plain).AbsolutePath}";
        await using var store = DatabaseUrl.Parse(string.Format(null, address + "?" + query, role, place)).OpenStore(TimeProvider.System);
        Assert.True(await store.IsReachableAsync(cancel));
        await using var wrong = DatabaseUrl.Parse($"postgresql://{role}:wrong@{place}").OpenStore(TimeProvider.System);
        Assert.False(await wrong.IsReachableAsync(cancel));
    }
}
