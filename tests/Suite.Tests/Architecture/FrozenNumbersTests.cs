using System.Text.RegularExpressions;
using Risotto.Decode.Bmp;
using Risotto.Encode;
using Risotto.Frame;
using Risotto.Listen;
using Risotto.Record;
using Risotto.Telemetry;
using SaimirisGateway.Replies.Decode;
using SaimirisGateway.Replies.Frame;
using Suite.Tests.Records;

namespace Suite.Tests.Architecture;

/// <summary>
/// Checks that the numbers and names that other programs read do not change: places in records, numbers, names of metrics and their labels,
/// event ids. The files in Frozen/ hold them.
/// </summary>
public sealed class FrozenNumbersTests
{
    private const string Advice =
        "Consumers, dashboards and stored data rely on these lines. One that has changed or is gone must come back as it was; one " +
        "that is new goes into the file (schemas: a new field gets the next ordinal).";

    // The metrics of the service's first version, as dashboards and alerts query them.
    private static readonly string[] Contract =
    [
        "risotto_bmp_messages_total{router,type}", "risotto_peer_established{router,peer}", "risotto_rx_updates_total{router,peer}",
        "risotto_tx_updates_total{router,peer}", "PREFIX_kafka_messages_total{status}",
        "pesto_sflow_records_total",
    ];

    [Fact]
    public async Task Schemas_keep_their_ids_ordinals_and_layout() =>
        AssertFrozen("schema-layout.txt", (await SchemaLayout.CompileAsync(TestContext.Current.CancellationToken)).TrimEnd('\n')
            .Split('\n'));

    [Fact]
    public void Metrics_keep_their_names_and_labels()
    {
        var create =
            new Regex("""
                Create(?<kind>Counter|Gauge|Histogram|Summary)\(\s*
                \$?"(?<name>[^"]+)",\s*
                \$?"[^"]*"(?:\s*\+\s*\$?"[^"]*")*
                (?<labels>(?:,\s*"\w+")*)
                """, RegexOptions.IgnorePatternWhitespace);
        var metrics = from file in SourceFile.All
                      where file.IsProduct
                      from Match match in create.Matches(file.Text)
                      let labels = string.Join(',', Regex.Matches(match.Groups["labels"].Value, @"\w+").Select(m => m.Value))
                      let name = match.Groups["name"].Value.Replace("{prefix}", "PREFIX", StringComparison.Ordinal)
                      select (Kind: match.Groups["kind"].Value.ToLowerInvariant(), Name: name + (labels.Length > 0 ? $"{{{labels}}}" : ""));
        var all = metrics.ToList();
        AssertFrozen("metrics.txt", [.. all.Select(m => $"{m.Name} {m.Kind}").Order(StringComparer.Ordinal)]);
        Assert.Empty(Contract.Except(all.Select(m => m.Name)));
    }

    [Fact]
    public void Labels_keep_their_values() => AssertFrozen("labels.txt",
    [
        .. Enum.GetValues<MessageType>().Select(type => $"type {type.Label()}"),
        .. Enum.GetValues<BmpErrorCode>().Skip(1).Select(code => $"malformed {code.Reason()} {code.Action()}"),
        .. Enum.GetValues<SessionEnd>().Select(end => $"closed {end.Label()}"),
        .. Enum.GetValues<ReplyRejection>().Skip(1).Select(rejection => $"reply rejected {rejection.Reason()}"),
        .. Enum.GetValues<BodyErrorCode>().Skip(1).Select(code => $"reply body {code.Reason()}"),
        .. Enum.GetValues<Refusal>().Skip(1).Select(refusal => $"refused {refusal.Label()}"),
    ]);

    [Fact]
    public void Numbers_in_records_keep_their_meaning() =>
        AssertFrozen("numbers.txt",
            [.. Numbers<PeerEventKind>(), .. Numbers<BmpErrorAction>(), .. Numbers<RibView>(), .. Numbers<PeerType>(),
            .. Numbers<PeerFlags>(), .. Numbers<UpdateBits>()]);

    [Fact]
    public void Log_lines_keep_their_event_ids_and_share_none()
    {
        var line = new Regex("""\[LoggerMessage\((?<id>\d+), LogLevel\.(?<level>\w+),\s.*?static partial void (?<name>\w+)\(""",
            RegexOptions.Singleline);
        var events = from file in SourceFile.All
                     where file.IsProduct
                     from Match match in line.Matches(file.Text)
                     select (Id: match.Groups["id"].Value, Name: $"{file.Project} {match.Groups["name"].Value}");
        var all = events.ToList();
        Assert.Equal(all.Count, SourceFile.All.Where(f => f.IsProduct).Sum(f => Regex.Count(f.Code, @"\[LoggerMessage\(")));
        Assert.Empty(all.GroupBy(e => e.Id).Where(same => same.Count() > 1).Select(same => string.Join(" and ", same)));
        AssertFrozen("event-ids.txt", [.. all.Select(e => $"{e.Id.PadLeft(4)} {e.Name}").Order(StringComparer.Ordinal)]);
    }

    private static IEnumerable<string> Numbers<T>()
        where T : struct, Enum => Enum.GetValues<T>().Select(value => $"{typeof(T).Name} {Convert.ToInt32(value, null)} {value}");

    // FROZEN_WRITE=1 writes the files again. Other programs notice each line of the diff.
    private static void AssertFrozen(string name, IReadOnlyList<string> actual)
    {
        string file = Path.Combine(RepositoryFolder.Root, "tests", "Suite.Tests", "Architecture", "Frozen", name);
        if (Environment.GetEnvironmentVariable("FROZEN_WRITE") == "1")
            File.WriteAllLines(file, actual);
        string[] frozen = File.ReadAllLines(file);
        var lines = frozen.Except(actual).Select(line => "- " + line).Concat(actual.Except(frozen).Select(line => "+ " + line));
        string difference = string.Join('\n', lines);
        Assert.True(difference.Length == 0, $"{name}: {Advice}\n{difference}");
    }
}
