namespace SaimirisGateway.Tests.Api;

/// <summary>The contract, row by row (sections as of the contract), over a real socket. A class runs all of it on each database.</summary>
public abstract partial class ApiTests(ApiFixture api)
{
    internal ApiGateway Gateway => api.Gateway;

    internal static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A name that no other test has.</summary>
    private protected static string NewName(string start) => $"{start}-{Guid.NewGuid():N}"[..20];
}

public sealed class SqliteApiTests(SqliteApi api) : ApiTests(api), IClassFixture<SqliteApi>;

[Trait("Needs", "Daemon")]
public sealed class PostgresApiTests(PostgresApi api) : ApiTests(api), IClassFixture<PostgresApi>;
