using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EndToEnd.Tests.Tables;

/// <summary>
/// Models collectors that announce, change and withdraw a few routes over several runs, and the tables that they give: each record is
/// applied to a dictionary when it is made.
/// </summary>
internal sealed class RibModel(GeneratedRecords generator, Random random, ulong timeReceivedNs)
{
    private static readonly string[] Collectors = ["ams", "fra"];

    private readonly SortedDictionary<string, long> _live = new(StringComparer.Ordinal);
    private readonly List<(string Key, UInt128 Version, long? Med, JsonElement Record)> _records = [];

    /// <summary>Returns key and MULTI_EXIT_DISC of each live route.</summary>
    public IEnumerable<string> Live => Rows(_live);

    public int Count => _records.Count;

    /// <summary>Runs every collector once: it numbers each router's records from 1 again.</summary>
    public void Run(ulong epochNs, int records)
    {
        var sequences = new Dictionary<string, ulong>();
        for (int i = 0; i < records; i++)
        {
            string collector = Collectors[random.Next(2)];
            int router = random.Next(1, 3);
            string shared = $"{collector} {router}";
            // Later runs may have lower numbers than earlier ones, and an earlier one numbers beyond 32 bits.
            ulong sequence = sequences[shared] = sequences.GetValueOrDefault(shared)
                + (ulong)random.NextInt64(1, epochNs % 2 == 0 ? 3 : 1L << 40);
            Add(collector, router, epochNs, sequence);
        }
    }

    /// <summary>
    /// Returns the records in random order, in parts and some of them twice; with the table that the records so far give.
    /// </summary>
    public IEnumerable<(List<JsonElement> Records, List<string> Rows)> Shuffled(int parts)
    {
        var twice = _records.Where(_ => random.Next(20) == 0).ToList();
        var all = _records.Concat(twice).ToArray();
        random.Shuffle(all);
        var newest = new SortedDictionary<string, (UInt128 Version, long? Med)>(StringComparer.Ordinal);
        foreach (var part in all.Chunk(all.Length / parts + 1))
        {
            foreach (var (key, version, med, _) in part)
            {
                if (!newest.TryGetValue(key, out var known) || known.Version < version)
                    newest[key] = (version, med);
            }
            yield return ([.. part.Select(p => p.Record)],
                [.. Rows(newest.Where(r => r.Value.Med is not null).Select(r => KeyValuePair.Create(r.Key, r.Value.Med!.Value)))]);
        }
    }

    private static IEnumerable<string> Rows(IEnumerable<KeyValuePair<string, long>> routes) =>
        routes.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Key}\t{r.Value}")).Order(StringComparer.Ordinal);

    private void Add(string collector, int router, ulong epochNs, ulong sequence)
    {
        // The fields that tell routes apart have few values each, so that most keys come often.
        int peerType = random.Next(2), peer = random.Next(2), view = random.Next(2), afi = random.Next(1, 3), safi = afi == 2 ? 1 : 128;
        ulong peerDistinguisher = peerType == 0 ? 0 : ulong.MaxValue, rd = safi == 1 ? 0 : 281474976710757ul;
        int prefix = random.Next(1, 3), length = random.Next(24, 26);
        bool hasPathId = random.Next(2) == 0;
        uint pathId = hasPathId ? (uint)random.Next(2) : 0;
        long? med = random.Next(3) == 0 ? null : random.NextInt64(1L << 32);
        string key = string.Join('\t', collector, $"2001:db8::{router}", peerType, peerDistinguisher, $"2001:db8::a{peer}", view, afi,
            safi, rd, $"2001:db8:{prefix}::", length, hasPathId ? "true" : "false", pathId);
        if (med is { } announced)
            _live[key] = announced;
        else
            _live.Remove(key);
        var record = generator.Record("Update", timeReceivedNs, ("collectorId", collector), ("collectorEpochNs", Text(epochNs)),
            ("sequence", Text(sequence)),
            ("routerAddr", GeneratedRecords.Address($"2001:db8::{router}")), ("peerType", peerType),
                ("peerDistinguisher", Text(peerDistinguisher)), ("peerAddr", GeneratedRecords.Address($"2001:db8::a{peer}")),
            ("ribView", view), ("afi", afi), ("safi", safi), ("routeDistinguisher", Text(rd)),
                ("prefixAddr", GeneratedRecords.Address($"2001:db8:{prefix}::")), ("prefixLen", length),
            ("hasPathId", hasPathId), ("pathId", pathId), ("announced", med is not null), ("multiExitDisc", med ?? 0));
        _records.Add((key, ((UInt128)epochNs << 64) + sequence, med, record));
    }

    private static JsonNode Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
