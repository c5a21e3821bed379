using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace SaimirisGateway.Tests.Storage;

public sealed class SqliteStoreTests : StoreTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-sqlite-");

    protected override string FailingOutbox =>
        "CREATE TRIGGER fail BEFORE INSERT ON gateway_outbox BEGIN SELECT RAISE(ABORT, 'made to fail'); END;";

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    protected override Task<string> CreateDatabaseAsync() => Task.FromResult($"sqlite:{_folder.FullName}/{Guid.NewGuid():N}.db");

    protected override DbConnection Connect(string url) =>
        new SqliteConnection($"Data Source={url["sqlite:".Length..]};Pooling=false;Foreign Keys=true");
}
