using System.Globalization;
using System.Text;
using ClickHouse.Driver.ADO;
using ClickHouse.Driver.Utility;
using SaimirisGateway.Storage;
using Shared.Records;
using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Results.ClickHouse;

/// <summary>
/// Writes the SQL for the next replies of a measurement. Every value that is not a constant of this class is a parameter.
/// </summary>
internal sealed class ClickHouseQuery(ClickHouseCommand command)
{
    private const string Table = "saimiris.replies";

    private readonly StringBuilder _sql = new();
    private int _parameters;

    public void Write(
        MeasurementDetail measurement, IReadOnlyList<ActiveSource> sources, TimeSpan lateReplies, ReplyCursor cursor, int limit)
    {
        var summary = measurement.Summary;
        bool hasEnded = measurement.Agents.All(agent => agent.IsComplete || agent.IsCancelled);
        // The date is of the agent's clock, and selects the table's partitions. The times are of the gateway's clock, like the
        // measurement's.
        _sql.Append("SELECT ").AppendJoin(", ", ClickHouseRow.Columns)
            .Append($" FROM {Table} WHERE date >= ").Append(Add("Date", summary.StartedAt.UtcDateTime.Date.AddDays(-1)))
            .Append($" AND {ClickHouseRow.GatewayTime} >= ").Append(Add("UInt64", Ns(summary.StartedAt)));
        if (hasEnded)
            _sql.Append($" AND {ClickHouseRow.GatewayTime} <= ").Append(Add("UInt64", Ns(summary.LastUpdated + lateReplies)));
        _sql.Append(" AND agent_id IN (").AppendJoin(", ", measurement.Agents.Select(agent => Add("String", agent.AgentId)))
            .Append(") AND (measurement_id = ").Append(Add("String", summary.Id.ToString()));
        // Nobody owns an IPv4 source, so it assigns nothing. AgentMeasurements does the same.
        foreach (var source in sources.Where(source => !Ipv6Address.From(source.SourceAddress).IsMappedV4))
        {
            _sql.Append(" OR (measurement_id = '' AND agent_id = ").Append(Add("String", source.AgentId))
                .Append(" AND probe_src_addr = ").Append(Add("IPv6", source.SourceAddress)).Append(')');
        }
        _sql.Append(')');
        foreach (var (agentId, epochNs, sequence) in cursor.Pairs)
        {
            _sql.Append(" AND NOT (agent_id = ").Append(Add("String", agentId))
                .Append(" AND collector_epoch_ns = ").Append(Add("UInt64", epochNs))
                .Append(" AND sequence <= ").Append(Add("UInt64", sequence)).Append(')');
        }
        // LIMIT 1 BY removes the replies that Kafka delivered twice.
        _sql.Append(" ORDER BY collector_epoch_ns, sequence, agent_id")
            .Append(" LIMIT 1 BY collector_epoch_ns, sequence, agent_id LIMIT ").Append(limit);
        command.CommandText = _sql.ToString();
    }

    private string Add(string type, object value)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"p{_parameters++}");
        command.AddParameter(name, value);
        return $"{{{name}:{type}}}";
    }

    private static ulong Ns(DateTimeOffset time) => UnixTime.ToNs(time);
}
