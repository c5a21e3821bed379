using System.Data.Common;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Tests.Storage;

/// <summary>Tests the store. A class for each engine runs all tests, each on a database of its own.</summary>
public abstract partial class StoreTests : IAsyncLifetime
{
    // SHA-256 of the subject of the first version's --bypass-jwt, in lower case.
    private const string TestUser = "c95b3f800751698e8f935156112885cc49789e687a3bca5def774fcf96f96ea4";

    private static readonly DateTimeOffset Noon = new(2026, 8, 20, 12, 0, 0, TimeSpan.Zero);

    private string _url = "";
    private GatewayStore _store = null!;

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected GatewayStore Store => _store;

    /// <summary>SQL that makes the outbox refuse every entry.</summary>
    protected abstract string FailingOutbox { get; }

    public async ValueTask InitializeAsync()
    {
        _url = await CreateDatabaseAsync();
        _store = Open();
        await _store.MigrateAsync(Cancel);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_store is not null)
            await _store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<string> CreateDatabaseAsync();

    /// <summary>Opens a connection of the test's own.</summary>
    protected abstract DbConnection Connect(string url);

    private protected GatewayStore Open() => DatabaseUrl.Parse(_url).OpenStore(new FakeTimeProvider(Noon));

    protected async Task ExecuteAsync(string sql)
    {
        await using var connection = Connect(_url);
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Cancel);
    }

    protected async Task<long> CountAsync(string table)
    {
        await using var connection = Connect(_url);
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM {table}";
        return Convert.ToInt64(await command.ExecuteScalarAsync(Cancel), null);
    }

    protected static string HashOf(string subject) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(subject)));

    private Task LimitAsync(long limit, string user = TestUser) =>
        ExecuteAsync($"INSERT INTO user_limits (user_hash, probe_limit) VALUES ('{user}', {limit})");

    private protected static NewMeasurement Measurement(
        long probes, int agents = 1, string user = TestUser, IdempotencyKey? key = null, DateTimeOffset? deadline = null) => new(
        Guid.NewGuid(), user, probes,
        [.. Enumerable.Range(1, agents).Select(n => new AssignedAgent($"agent-{n}", IPAddress.Parse($"2001:db8::{n}")))],
        "probes.bin", deadline ?? Noon.AddHours(1), key);

    private async Task<Guid> ReserveAsync(NewMeasurement measurement, DateTimeOffset? now = null)
    {
        var reservation = await _store.ReserveAsync(measurement, now ?? Noon, Cancel);
        Assert.Equal(new Reservation(ReservationStatus.Reserved, measurement.Id), reservation);
        return measurement.Id;
    }
}
