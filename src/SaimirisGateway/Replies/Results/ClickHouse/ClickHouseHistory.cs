using System.Data.Common;
using ClickHouse.Driver.ADO;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Replies.Results.ClickHouse;

/// <summary>
/// Reads the replies that ClickHouse has read from Kafka into <c>saimiris.replies</c> (docs/reference/records.md has the columns). A reply
/// belongs to the measurement that it names, else to the one that was active with its agent and its probe's source address.
/// </summary>
internal sealed class ClickHouseHistory : IReplyHistory, IDisposable
{
    // The suite's ClickHouse runs 8 queries at a time, for all clients.
    private const int MaxQueries = 4;

    private static readonly TimeSpan TurnTimeout = TimeSpan.FromSeconds(5), QueryTimeout = TimeSpan.FromSeconds(30);

    private readonly ClickHouseConnection _connection;
    private readonly GatewayStore _store;
    private readonly TimeSpan _lateReplies;
    private readonly SemaphoreSlim _turns = new(MaxQueries);

    public ClickHouseHistory(Uri url, GatewayStore store, ResultOptions options)
    {
        (_store, _lateReplies) = (store, options.LateReplies);
        _connection = new ClickHouseConnection(ConnectionString(url));
    }

    public string Name => "clickhouse";

    public async Task<ReplyPage> ReadAsync(MeasurementDetail measurement, ReplyCursor cursor, int limit, CancellationToken cancel)
    {
        var sources = await _store.ListSourcesAsync(measurement.Summary.Id, cancel);
        if (!await _turns.WaitAsync(TurnTimeout, cancel))
            throw new HistoryException($"{MaxQueries} queries are under way already");
        try
        {
            await using var command = _connection.CreateCommand();
            new ClickHouseQuery(command).Write(measurement, sources, _lateReplies, cursor, limit + 1);
            var replies = new List<ReplyJson>();
            await using var reader = await command.ExecuteReaderAsync(cancel);
            var row = new ClickHouseRow(reader);
            while (await reader.ReadAsync(cancel))
                replies.Add(row.Read());
            bool hasMore = replies.Count > limit;
            return new ReplyPage(hasMore ? replies[..limit] : replies, hasMore, IsMissing: false);
        }
        catch (Exception e) when (e is DbException or HttpRequestException or IOException or TimeoutException or InvalidCastException
            || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new HistoryException(e.Message.Split('\n')[0], e);
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose()
    {
        _connection.Dispose();
        _turns.Dispose();
    }

    private static string ConnectionString(Uri url)
    {
        string[] user = url.UserInfo.Split(':', 2);
        return new ClickHouseConnectionStringBuilder
        {
            Protocol = url.Scheme,
            Host = url.Host,
            Port = (ushort)url.Port,
            Username = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : "default",
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : "",
            Timeout = QueryTimeout,
        }.ConnectionString;
    }
}
