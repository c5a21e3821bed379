using EndToEnd.Tests.ClickHouse;
using Suite.Tests.Architecture;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Tables;

/// <summary>Tests that bmp.rib is each router's current table, in any order of the records, merged or not.</summary>
public class CurrentRibTests
{
    private const string Keys =
        "collector_id, router_addr, peer_type, peer_distinguisher, peer_addr, rib_view, afi, safi, route_distinguisher, prefix_addr, "
        + "prefix_len, has_path_id, path_id";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Records_of_several_lives_in_any_order_fold_to_what_a_dictionary_holds(int seed)
    {
        await using var server = await InProcessClickHouse.StartWithTablesAsync(Cancel, "bmp");
        // Merges run only when the test starts them.
        await server.QueryAsync("SYSTEM STOP MERGES bmp.current_rib", Cancel);
        var random = new Random(seed);
        var model = new RibModel(new GeneratedRecords(await SchemaLayout.ReadAsync(Cancel), random), random, NowNs());
        foreach (ulong epoch in new[] { 1ul, 1_700_000_000_000_000_000ul, 1_700_000_000_000_000_001ul, 1_800_000_000_000_000_000ul })
            model.Run(epoch, 300);
        var rows = new TopicRows(TopicTable.Updates, server);
        string[] last = [];
        foreach (var (records, expected) in model.Shuffled(6))
        {
            await rows.InsertAsync(records, Cancel);
            last = await RibAsync(server);
            Assert.Equal(expected, last);
        }
        Assert.Equal(model.Live, last);
        Assert.InRange(last.Length, 50, model.Count / 2);

        await server.QueryAsync("SYSTEM START MERGES bmp.current_rib", Cancel);
        await server.QueryAsync("OPTIMIZE TABLE bmp.current_rib FINAL", Cancel);
        Assert.Equal(last, await RibAsync(server));
        Assert.NotEqual(["0"], await server.QueryAsync("SELECT count() FROM bmp.current_rib WHERE is_deleted = 1", Cancel));

        await server.QueryAsync("OPTIMIZE TABLE bmp.current_rib FINAL CLEANUP", Cancel);
        Assert.Equal(last, await RibAsync(server));
        Assert.Equal([$"{last.Length}\t0"], await server.QueryAsync("SELECT count(), countIf(is_deleted = 1) FROM bmp.current_rib",
            Cancel));

        // The partition of a collector that is gone can be dropped.
        await server.QueryAsync("ALTER TABLE bmp.current_rib DROP PARTITION 'ams'", Cancel);
        Assert.Equal(last.Where(r => r.StartsWith("fra\t", StringComparison.Ordinal)), await RibAsync(server));
    }

    [Theory]
    [InlineData("bird")]
    [InlineData("frr")]
    [InlineData("gobgp")]
    [InlineData("gobgp-vpn")]
    public async Task Records_of_a_real_router_fold_to_what_folding_by_hand_gives_and_never_expire(string capture)
    {
        Programs.Need("capnp");
        byte[] messages = FullBatch.FromCapture(capture);
        var live = new Dictionary<string, UpdateRecord>();
        foreach (var update in await UpdateRecord.ReadAsync(messages, Cancel))
        {
            if (update.Announced)
                live[update.Key] = update;
            else
                live.Remove(update.Key);
        }
        Assert.NotEmpty(live);
        var records = (await CapnpTool.ReadAsync(messages, RepositoryFolder.Schema("update"), "Update", Cancel)).ToArray();
        new Random(8).Shuffle(records);

        await using var server = await InProcessClickHouse.StartWithTablesAsync(Cancel, "bmp");
        var rows = new TopicRows(TopicTable.Updates, server);
        foreach (var part in records.Chunk(records.Length / 4 + 1))
            await rows.InsertAsync(part, Cancel);
        string[] rib = await server.QueryAsync($"""
            SELECT concat({Text("router_addr")}, ' peer ', toString(peer_type), '/', lower(trimLeft(hex(peer_distinguisher), '0')), '/',
              {Text("peer_addr")}, ' view ',
              toString(rib_view),
              ' ', toString(afi), '/', toString(safi), ' ', lower(trimLeft(hex(route_distinguisher), '0')), ' ', {Text("prefix_addr")}, '/',
              toString(prefix_len), ' id ', if(has_path_id, toString(path_id), '')),
              {Text("next_hop")}, arrayStringConcat(as_path, ' '), multi_exit_disc, local_preference, origin, sequence, peer_asn
            FROM bmp.rib
            """, Cancel);

        string Row(UpdateRecord r) => string.Join('\t', r.Key.Replace(" peer " + r.PeerType + "/0/", " peer " + r.PeerType + "//",
            StringComparison.Ordinal).Replace($" {r.Afi}/{r.Safi} 0 ", $" {r.Afi}/{r.Safi}  ", StringComparison.Ordinal),
            r.NextHop, string.Join(' ', r.AsPath), r.MultiExitDisc, r.LocalPreference, r.Origin, r.Sequence, r.PeerAsn);
        Assert.Equal(live.Values.Select(Row).Order(StringComparer.Ordinal), rib.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Records_of_the_first_version_are_in_no_RIB()
    {
        await using var server = await InProcessClickHouse.StartWithTablesAsync(Cancel, "bmp");
        byte[] message = Convert.FromHexString(File.ReadAllText(Path.Combine(RepositoryFolder.Captures, "updates", "announcement-v1.hex"))
            .ReplaceLineEndings(""));
        await new TopicRows(TopicTable.Updates, server).InsertAsync(await CapnpTool.ReadAsync(message, RepositoryFolder.Schema("update"),
            "Update", Cancel), Cancel);
        Assert.Equal(["0"], await server.QueryAsync("SELECT count() FROM bmp.current_rib", Cancel));
    }

    private static async Task<string[]> RibAsync(InProcessClickHouse server) =>
        [.. (await server.QueryAsync($"SELECT {Keys}, multi_exit_disc FROM bmp.rib", Cancel)).Order(StringComparer.Ordinal)];

    // The address is shown as other readers show it: IPv4 as IPv4.
    private static string Text(string address) => $@"replaceRegexpOne(toString({address}), '^::ffff:([0-9]+\\.)', '\\1')";

    private static ulong NowNs() => (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
}
