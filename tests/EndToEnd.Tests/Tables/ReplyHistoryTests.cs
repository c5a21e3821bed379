using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using ClickHouse.Driver.ADO;
using SaimirisGateway.Replies.Results;
using SaimirisGateway.Replies.Results.ClickHouse;
using SaimirisGateway.Storage;
using Shared.Records;
using Suite.Tests.Architecture;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Tables;

/// <summary>Runs the SQL with which the gateway reads a measurement's replies, on today's ClickHouse with the shipped table.</summary>
public sealed partial class ReplyHistoryTests(ShippedTables tables) : IClassFixture<ShippedTables>
{
    private const int Records = 20;

    [Fact]
    public async Task The_gateways_query_finds_the_replies_of_a_measurement_in_the_shipped_table()
    {
        var cancel = TestContext.Current.CancellationToken;
        var id = Guid.NewGuid();
        var now = DateTimeOffset.UtcNow;
        ulong nowNs = UnixTime.ToNs(now);
        var server = await tables.EmptyAsync(TopicTable.Replies, cancel);
        var generator = new GeneratedRecords(await SchemaLayout.ReadAsync(cancel), new Random(9));
        await new TopicRows(TopicTable.Replies, server).InsertAsync(
            Enumerable.Range(0, Records).Select(_ => generator.Record(TopicTable.Replies.Struct, nowNs, ("agentId", "ams-1"),
                ("measurementId", $"{id}"), ("timeGatewayNs", nowNs.ToString(CultureInfo.InvariantCulture)))), cancel);

        Assert.Equal([$"{Records}"], await CountAsync(now - TimeSpan.FromMinutes(1)));
        Assert.Equal(["0"], await CountAsync(now + TimeSpan.FromMinutes(1)));

        Task<string[]> CountAsync(DateTimeOffset startedAt)
        {
            using var command = new ClickHouseCommand();
            var agent = new AgentProgress("ams-1", 1, 0, false, false, startedAt);
            var measurement = new MeasurementDetail(new MeasurementSummary(id, 1, 0, 1, 0, false, false, startedAt, startedAt), [agent]);
            new ClickHouseQuery(command).Write(measurement, [new ActiveSource("ams-1", IPAddress.Parse("2001:db8::1"), id)],
                TimeSpan.FromMinutes(1), new ReplyCursor(id, ["ams-1"]), 1000);
            string sql = Parameter().Replace(command.CommandText, match =>
                Literal(match.Groups["type"].Value, ((DbParameter)command.Parameters[match.Groups["name"].Value]).Value!));
            return server.QueryAsync($"SELECT count() FROM ({sql})", cancel);
        }
    }

    // A query in the process has no HTTP parameters.
    private static string Literal(string type, object value)
    {
        string? text = value is DateTime date
            ? date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : Convert.ToString(value, CultureInfo.InvariantCulture);
        return $"CAST('{text}' AS {type})";
    }

    [GeneratedRegex(@"\{(?<name>\w+):(?<type>\w+)\}")]
    private static partial Regex Parameter();
}
