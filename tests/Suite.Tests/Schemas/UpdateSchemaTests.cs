using System.Net;
using System.Text.Json;
using Risotto.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;
using Suite.Tests.Golden;
using Suite.Tests.Records;

namespace Suite.Tests.Schemas;

/// <summary>
/// Reads messages of the first version under today's schema, and today's messages under the first version's, with the capnp tool.
/// </summary>
public class UpdateSchemaTests
{
    private static readonly string FirstVersion = Path.Combine(RepositoryFolder.Captures, "schemas", "update-v1.capnp");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_announcement_of_the_first_version_reads_under_the_schema_of_today()
    {
        var update = Assert.Single(await UpdateRecord.ReadAsync(Vector("announcement"), Cancel));

        Assert.Equal(1_700_000_000_123_456_789ul, update.TimeReceivedNs);
        Assert.Equal(1_700_000_000_123_000_000ul, update.TimeBmpHeaderNs);
        Assert.Equal(("2001:db8::1", "192.0.2.9", 0x0A000001u, 65001u),
            (update.RouterAddr, update.PeerAddr, update.PeerBgpId, update.PeerAsn));
        Assert.Equal(("203.0.113.0", 24, true), (update.PrefixAddr, update.PrefixLen, update.Announced));
        Assert.Equal(("IGP", "192.0.2.9"), (update.Origin, update.NextHop));
        Assert.Equal((50u, 100u, 65010u), (update.MultiExitDisc, update.LocalPreference, update.OnlyToCustomer));
        Assert.Equal([65001u, 400644u], update.AsPath);
        Assert.Equal((true, 65001u, 0x0A000001u), (update.AtomicAggregate, update.AggregatorAsn, update.AggregatorBgpId));
        Assert.Equal(["65001:100", "65535:65281"], update.Communities);
        Assert.Equal(["0002fde900000064"], update.ExtendedCommunities);
        Assert.Equal(["65001:1:2"], update.LargeCommunities);
        Assert.Equal([0x0A000003u], update.ClusterList);
        Assert.Equal((null, 0, 0, 0ul, ""), (update.PathId, update.PeerType, update.RibView, update.Sequence, update.NextHopLinkLocal));
    }

    [Fact]
    public async Task A_synthetic_withdrawal_of_the_first_version_reads_under_the_schema_of_today()
    {
        var update = Assert.Single(await UpdateRecord.ReadAsync(Vector("synthetic-withdrawal"), Cancel));

        Assert.Equal(("203.0.113.0", 24, false), (update.PrefixAddr, update.PrefixLen, update.Announced));
        Assert.Equal(("INCOMPLETE", "::", 0), (update.Origin, update.NextHop, update.AsPath.Count));
    }

    [Fact]
    public async Task The_reference_announcement_reads_the_same_under_the_first_version_as_when_that_version_wrote_it()
    {
        byte[] written = Announce(receivedNs: 1_700_000_000_123_456_789);

        var expected = Assert.Single(await CapnpTool.ReadAsync(Vector("announcement"), FirstVersion, "Update", Cancel));
        var actual = Assert.Single(await CapnpTool.ReadAsync(written, FirstVersion, "Update", Cancel));

        Assert.Equal(Text(expected), Text(actual));
    }

    [Fact]
    public async Task Every_record_of_a_real_router_reads_the_same_under_both_versions()
    {
        foreach (string capture in CaptureFiles.Bmp.Where(c => c.StartsWith("repository/", StringComparison.Ordinal)))
        {
            byte[] values = [.. CaptureRun.Play(CaptureFiles.PathOf(capture)).Streams.SelectMany(s => s.Values())];
            var today = await CapnpTool.ReadAsync(values, RepositoryFolder.Schema("update"), "Update", Cancel);
            var first = await CapnpTool.ReadAsync(values, FirstVersion, "Update", Cancel);

            Assert.NotEmpty(today);
            Assert.Equal(today.Count, first.Count);
            foreach (var (now, then) in today.Zip(first))
            {
                foreach (var field in then.EnumerateObject())
                    Assert.True(JsonElement.DeepEquals(field.Value, now.GetProperty(field.Name)), $"{capture}: {field.Name}");
            }
        }
    }

    private static byte[] Vector(string name) =>
        Convert.FromHexString(File.ReadAllText(Path.Combine(RepositoryFolder.Captures, "updates", name + "-v1.hex"))
            .ReplaceLineEndings(""));

    private static string Text(JsonElement element) => JsonSerializer.Serialize(element, JsonSerializerOptions.Web);

    private static byte[] Announce(ulong receivedNs)
    {
        var router = new RouterState(Ipv6Address.From(IPAddress.Parse("2001:db8::1")));
        var sink = new MemorySink();
        var updates = new TopicWriter("updates", new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes }, sink,
            TimeProvider.System);
        var pipeline = new RisottoPipeline(router, 40000, new CollectorIdentity("schema", 1), new PipelineOptions(),
            new PipelineOutputs { Updates = updates }, new SessionCounters());
        byte[] message = ReferenceAnnouncement();
        Assert.Equal(PipelineStep.NeedsInput, pipeline.Process(message, receivedNs, out int consumed));
        Assert.Equal(message.Length, consumed);
        Assert.Equal(PipelineStep.NeedsInput, pipeline.EndOfStream(receivedNs));
        updates.CloseDue(always: true);
        return Assert.Single(sink.Batches).Value.ToArray();
    }

    // RFC 7854 4.6 and RFC 4271 4.3: the route of the vector, byte by byte.
    private static byte[] ReferenceAnnouncement()
    {
        string perPeer =
            "00" + "40" + "0000000000000000" + "000000000000000000000000c0000209" + "0000fde9" + "0a000001" + "6553f100" + "0001e078";
        string attributes =
            "40010100"                          // ORIGIN IGP
            + "40020a02020000fde900061d04"      // AS_PATH 65001 400644
            + "400304c0000209"                  // NEXT_HOP 192.0.2.9
            + "80040400000032"                  // MULTI_EXIT_DISC 50
            + "40050400000064"                  // LOCAL_PREF 100
            + "400600"                          // ATOMIC_AGGREGATE
            + "c007080000fde90a000001"          // AGGREGATOR 65001 10.0.0.1
            + "c00808fde90064ffffff01"          // COMMUNITIES 65001:100 NO_EXPORT
            + "8009040a000002"                  // ORIGINATOR_ID 10.0.0.2
            + "800a040a000003"                  // CLUSTER_LIST 10.0.0.3
            + "c010080002fde900000064"          // EXTENDED COMMUNITIES rt 65001:100
            + "c0200c0000fde90000000100000002"  // LARGE_COMMUNITY 65001:1:2
            + "c023040000fdf2";                 // OTC 65010
        string update = "0000" + (attributes.Length / 2).ToString("x4") + attributes + "18cb0071";
        string bgp = new string('f', 32) + ((update.Length / 2) + 19).ToString("x4") + "02" + update;
        string message = "03" + (((perPeer.Length + bgp.Length) / 2) + 6).ToString("x8") + "00" + perPeer + bgp;
        return Convert.FromHexString(message);
    }
}
