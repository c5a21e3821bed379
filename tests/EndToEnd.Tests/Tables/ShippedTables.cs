using Suite.Tests.Records;

namespace EndToEnd.Tests.Tables;

/// <summary>One ClickHouse with all shipped tables. The tests of a class use it one after the other.</summary>
public sealed class ShippedTables : IAsyncLifetime
{
    private InProcessClickHouse? _server;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Empties the topic's tables, and stops merges, which would remove rows of old days.</summary>
    internal async Task<InProcessClickHouse> EmptyAsync(TopicTable topic, CancellationToken cancel)
    {
        _server ??= await InProcessClickHouse.StartWithTablesAsync(cancel, [.. TopicTable.All.Select(t => t.Part)]);
        await _server.QueryAsync($"TRUNCATE TABLE {topic.Table}", cancel);
        await _server.QueryAsync($"TRUNCATE TABLE {topic.Errors}", cancel);
        await _server.QueryAsync($"SYSTEM STOP TTL MERGES {topic.Table}", cancel);
        return _server;
    }
}
