namespace SaimirisGateway.Tests.Api;

/// <summary>
/// Tests the contract row by row, over a real socket. Sections are the contract's. A class for each database runs all tests.
/// </summary>
public abstract partial class ApiTests(ApiFixture api)
{
    internal ApiGateway Gateway => api.Gateway;

    internal static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Makes a name that no other test has.</summary>
    private protected static string NewName(string start) => $"{start}-{Guid.NewGuid():N}"[..20];
}

public sealed class SqliteApiTests(SqliteApi api) : ApiTests(api), IClassFixture<SqliteApi>;

[Trait("Needs", "Daemon")]
public sealed class PostgresApiTests(PostgresApi api) : ApiTests(api), IClassFixture<PostgresApi>;
