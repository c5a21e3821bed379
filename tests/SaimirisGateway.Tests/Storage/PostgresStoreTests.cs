using System.Data.Common;
using Npgsql;

namespace SaimirisGateway.Tests.Storage;

[Trait("Needs", "Daemon")]
public sealed class PostgresStoreTests(PostgresServer server) : StoreTests
{
    protected override Task<string> CreateDatabaseAsync() => server.CreateDatabaseAsync();

    protected override DbConnection Connect(string url) => new NpgsqlConnection(PostgresServer.ConnectionString(url));

    protected override string FailingOutbox =>
        """
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'made to fail'; END; $$;
        CREATE TRIGGER fail BEFORE INSERT ON gateway_outbox FOR EACH ROW EXECUTE FUNCTION fail();
        """;
}
