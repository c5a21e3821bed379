using System.Globalization;
using Suite.Tests.Records;

namespace Suite.Tests.Golden;

/// <summary>Compares a session's records with tshark's reading of the same stream, with one line for each difference.</summary>
internal sealed class OracleComparison(string file)
{
    private readonly List<string> _differences = [];

    public IReadOnlyList<string> Differences => _differences;

    /// <summary>The number of equal routes, by which a test sees that it has compared some.</summary>
    public int RoutesCompared { get; private set; }

    public void Compare(IReadOnlyList<OracleMessage> expected, StreamRun stream, IReadOnlyList<UpdateRecord> records)
    {
        if (expected.Count != stream.Messages.Count)
        {
            _differences.Add($"{file} {stream.Flow}: {stream.Messages.Count} messages, tshark has {expected.Count}");
            return;
        }
        var byMessage = records.ToLookup(r => r.TimeReceivedNs);
        for (int i = 0; i < expected.Count; i++)
        {
            var message = expected[i];
            string at = $"{file} message {message.Index} (frame {message.Frame})";
            if (message.Length != stream.Messages[i].Length)
                _differences.Add($"{at}: {stream.Messages[i].Length} bytes, tshark has {message.Length}");
            Compare(at, message, [.. byMessage[stream.Messages[i].ReceivedNs]]);
        }
        var times = stream.Messages.Select(m => m.ReceivedNs).ToHashSet();
        foreach (var record in records.Where(r => !times.Contains(r.TimeReceivedNs)))
            _differences.Add($"{file} {stream.Flow}: a record of no message: {RouteText.FromRecord(record)}");
        CompareOrder(stream, records);
    }

    // A record that waited for a decision comes later, but never after a younger one of its own peer, view and family.
    private void CompareOrder(StreamRun stream, IReadOnlyList<UpdateRecord> records)
    {
        foreach (var table in records.GroupBy(r => (r.PeerType, r.PeerDistinguisher, r.PeerAddr, r.RibView, r.Afi, r.Safi)))
        {
            ulong last = 0;
            foreach (var record in table)
            {
                if (record.TimeReceivedNs < last)
                    _differences.Add($"{file} {stream.Flow}: {RouteText.FromRecord(record)} comes after a younger record of {table.Key}");
                last = record.TimeReceivedNs;
            }
        }
    }

    private void Compare(string at, OracleMessage message, List<UpdateRecord> records)
    {
        CompareRoutes(at, "announced", message.Announced, [.. records.Where(r => r.Announced).Select(RouteText.FromRecord)]);
        CompareRoutes(at, "withdrawn", message.Withdrawn, [.. records.Where(r => !r.Announced).Select(RouteText.FromRecord)]);
        foreach (var record in records)
        {
            CompareFields(at, record, message.Peer, PeerOf(record));
            if (!record.Announced)
                continue;
            if (message.Attributes is { } attributes)
                CompareFields(at, record, attributes, OracleAttributes.FromRecord(record));
            string nextHop = $"{RouteText.Address(record.NextHop)} {record.NextHopLinkLocal}";
            if (message.NextHops.TryGetValue($"{record.Afi}/{record.Safi}", out var hops) && !hops.Contains(nextHop))
                _differences.Add($"{at} {RouteText.FromRecord(record)}: next hop {nextHop}, tshark has {string.Join(" or ", hops)}");
        }
    }

    private void CompareRoutes(string at, string kind, IReadOnlyList<string> expected, List<string> actual)
    {
        foreach (string route in expected)
        {
            if (actual.Remove(route))
                RoutesCompared++;
            else
                _differences.Add($"{at}: {kind} {route} is missing");
        }
        _differences.AddRange(actual.Select(route => $"{at}: {kind} {route}, which tshark does not have"));
    }

    private void CompareFields(
        string at, UpdateRecord record, IReadOnlyDictionary<string, string> expected, Dictionary<string, string> actual)
    {
        foreach (var (name, value) in expected)
        {
            if (actual[name] != value)
                _differences.Add($"{at} {RouteText.FromRecord(record)}: {name} {actual[name]}, tshark has {value}");
        }
    }

    private static Dictionary<string, string> PeerOf(UpdateRecord r) => new()
    {
        ["peer type"] = r.PeerType.ToString(CultureInfo.InvariantCulture),
        ["peer flags"] = r.PeerFlags.ToString(CultureInfo.InvariantCulture),
        ["peer distinguisher"] = r.PeerDistinguisher.ToString("x16", CultureInfo.InvariantCulture),
        ["peer address"] = RouteText.Address(r.PeerAddr),
        ["peer AS"] = r.PeerAsn.ToString(CultureInfo.InvariantCulture),
        ["peer BGP ID"] = RouteText.RouterId(r.PeerBgpId),
        ["time"] = (r.TimeBmpHeaderNs / 1000).ToString(CultureInfo.InvariantCulture),
    };
}
