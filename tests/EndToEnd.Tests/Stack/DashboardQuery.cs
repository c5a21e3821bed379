using System.Text.Json;

namespace EndToEnd.Tests.Stack;

/// <summary>One query of a panel of docker/grafana/dashboards.</summary>
internal sealed record DashboardQuery(string Dashboard, string Panel, string DataSource, string Text, string Legend)
{
    public const string Prometheus = "prometheus", Loki = "loki", ClickHouse = "grafana-clickhouse-datasource";

    /// <summary>Every query of every dashboard, SQL included.</summary>
    public static IReadOnlyList<DashboardQuery> All { get; } =
        [.. Directory.EnumerateFiles(StackFolder.File("grafana", "dashboards"), "*.json").Order(StringComparer.Ordinal).SelectMany(Read)];

    public override string ToString() => $"{Dashboard}, {Panel}: {Text}";

    private static List<DashboardQuery> Read(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        string dashboard = json.RootElement.GetProperty("uid").GetString()!;
        return
        [
            .. from panel in json.RootElement.GetProperty("panels").EnumerateArray()
               where panel.TryGetProperty("targets", out _)
               from target in panel.GetProperty("targets").EnumerateArray()
               select new DashboardQuery(
                   dashboard, panel.GetProperty("title").GetString()!, target.GetProperty("datasource").GetProperty("type").GetString()!,
                   (target.TryGetProperty("expr", out var text) ? text : target.GetProperty("rawSql")).GetString()!,
                   target.TryGetProperty("legendFormat", out var legend) ? legend.GetString()! : ""),
        ];
    }
}
