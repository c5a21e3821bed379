namespace Suite.Tests.Faithful;

/// <summary>Two tables side by side: what the wire says, and what a consumer of the records has.</summary>
internal static class FoldComparison
{
    /// <summary>One line for each route that is missing or extra and for each attribute that differs; none: the tables are equal.</summary>
    public static List<string> Differences(
        Dictionary<RouteKey, RouteAttributes> wire, Dictionary<RouteKey, RouteAttributes> records, bool keysOnly = false)
    {
        var differences = new List<string>();
        foreach (var (route, attributes) in wire)
        {
            if (!records.TryGetValue(route, out var recorded))
                differences.Add($"missing: {route}");
            else if (!keysOnly)
                Compare(route, attributes, recorded, differences);
        }
        differences.AddRange(records.Keys.Where(route => !wire.ContainsKey(route)).Select(route => $"extra: {route}"));
        differences.Sort(StringComparer.Ordinal);
        return differences;
    }

    private static void Compare(RouteKey route, RouteAttributes wire, RouteAttributes recorded, List<string> differences)
    {
        foreach (string name in wire.Keys.Union(recorded.Keys))
        {
            string onWire = wire.GetValueOrDefault(name, "(absent)"), inRecord = recorded.GetValueOrDefault(name, "(absent)");
            if (onWire != inRecord)
                differences.Add($"differs: {route}: {name} is {onWire}, the record has {inRecord}");
        }
    }
}
