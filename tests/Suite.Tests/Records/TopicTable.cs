using System.Text.RegularExpressions;

namespace Suite.Tests.Records;

/// <summary>
/// The parts that bring a topic into ClickHouse: schema, the table that reads the topic, the view, and the table that keeps the rows.
/// </summary>
/// <param name="Part">The name of the part in clickhouse-tables/apply.sh.</param>
internal sealed partial record TopicTable(string Part, string Schema, string Struct, string KafkaFile, string Kafka, string TableFile,
    string Table, string Errors)
{
    // Names of the first version, and fields with two abbreviations in a row.
    private static readonly Dictionary<string, string> OwnNames = new()
    {
        ["flows.records agentAddr"] = "sampler_address",
        ["flows.records agentPort"] = "sampler_port",
        ["flows.records datagramSequenceNumber"] = "sequence_num",
        ["flows.records etherType"] = "etype",
        ["flows.records length"] = "packet_length",
        ["flows.records srcIp"] = "src_addr",
        ["flows.records dstIp"] = "dst_addr",
        ["saimiris.replies replyMplsLabel"] = "reply_mpls_labels",
        ["flows.interface_counters dot3StatsFCSErrors"] = "dot3_stats_fcs_errors",
        ["flows.interface_counters dot3StatsSQETestErrors"] = "dot3_stats_sqe_test_errors",
    };

    public static TopicTable Updates { get; } =
        new("bmp", "update", "Update", "bmp/from_kafka.sql", "bmp.from_kafka", "bmp/updates.sql", "bmp.updates", "bmp.errors");

    public static TopicTable Flows { get; } =
        new("flows", "sflow", "SFlowFlowRecord", "flows/from_kafka.sql", "flows.from_kafka", "flows/records.sql", "flows.records",
            "flows.errors");

    public static TopicTable Replies { get; } =
        new("saimiris", "reply", "Reply", "saimiris/from_kafka.sql", "saimiris.from_kafka", "saimiris/replies.sql", "saimiris.replies",
            "saimiris.errors");

    public static IReadOnlyList<TopicTable> All { get; } =
    [
        Updates, Flows, Replies,
        Further("bmp", "malformed", "malformed", "MalformedMessage"),
        Further("bmp", "peer_events", "peer", "PeerEvent"),
        Further("bmp", "statistics", "stats", "PeerStatistic"),
        Further("flows", "interface_counters", "sflow-counters", "SFlowCounterRecord"),
    ];

    public string View => Kafka + "_mv";

    public static TopicTable Named(string table) => All.Single(t => t.Table == table);

    public IReadOnlyList<SqlColumn> KafkaColumns() => SqlFile.Read(KafkaFile).Columns(Kafka);

    public IReadOnlyList<SqlColumn> Columns() => SqlFile.Read(TableFile).Columns(Table);

    /// <summary>The column that keeps a field of the schema.</summary>
    public string ColumnOf(string field) =>
        OwnNames.GetValueOrDefault($"{Table} {field}") ?? WordBegin().Replace(field, "_").ToLowerInvariant();

    private static TopicTable Further(string database, string part, string schema, string name) =>
        new(part, schema, name, $"{database}/{part}.sql", $"{database}.{part}_from_kafka", $"{database}/{part}.sql", $"{database}.{part}",
            $"{database}.errors");

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex WordBegin();
}
