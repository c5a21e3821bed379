using System.Text.Json;
using Risotto.Tests.Messages;
using Risotto.Tests.Pipeline;
using Risotto.Tests.Records;
using Shared.Records.CapnProto;
using static Risotto.Tests.Messages.PathAttribute;

namespace Risotto.Tests.Encode;

public sealed class UpdateEncoderTests
{
    // The measured reference message of the service's first version: the route that Everything announces.
    private const string ReferenceAnnouncement =
        "00000000280000000000000008000a0015cd853dfe9c9717c0d47e3dfe9c9717409c18150100000ae9fd00003200000064000000f2fd0000"
        + "e9fd00000100000a0200000a000000000000000000000000250000008200000029000000820000002d000000820000003100000022000000"
        + "3100000014000000310000008200000035000000170000003d000000170000004900000017000000510000000c00000020010db800000000"
        + "000000000000000100000000000000000000ffffc000020900000000000000000000ffffcb0071004947500000000000e9fd0000041d0600"
        + "00000000000000000000ffffc00002090800000001000000e9fd000064000000ffff000001ff000004000000010001000002000000000000"
        + "0100000032000000fde90000006400000400000002000000e9fd00000100000002000000000000000300000a00000000";

    private static readonly PeerHeader PostPolicy = new() { Flags = PeerHeader.L, Microseconds = 123_000 };

    private static byte[] Everything => Bytes.Join(
        Origin(0), AsPath(65001, 400644), NextHop("192.0.2.9"), MultiExitDisc(50), LocalPref(100), Of(0x40, 6),
            Aggregator(65001, "10.0.0.1"),
        Of(0xC0, 8, Bytes.Hex("FDE90064 FFFFFF01")), Of(0x80, 9, Bytes.Address("10.0.0.2")), Of(0x80, 10, Bytes.Address("10.0.0.3")),
        Of(0xC0, 16, Bytes.Hex("0002 FDE9 00000064")), Of(0xC0, 32, Bytes.Hex("0000FDE9 00000001 00000002")),
            Of(0xC0, 35, Bytes.UInt32(65010)));

    [Fact]
    public void An_announcement_says_what_the_reference_message_says()
    {
        var session = RouterSession.Established(PostPolicy);
        session.Receive(PostPolicy, BgpMessage.Update(Everything, Nlri.Prefix("203.0.113.0/24")));
        var record = session.TakeUpdate();
        Assert.True(new MessageReader().TryRead(Bytes.Hex(ReferenceAnnouncement), out var root, out int consumed));
        var reference = new UpdateRecord(root);
        Assert.Equal(328, consumed);

        foreach (var property in typeof(UpdateRecord).GetProperties())
        {
            // Fields appended later read as their defaults from the reference.
            if (property.Name is nameof(UpdateRecord.Sequence) or nameof(UpdateRecord.CollectorId) or nameof(UpdateRecord.CollectorEpochNs)
                or nameof(UpdateRecord.RibView) or nameof(UpdateRecord.PeerFlags) or nameof(UpdateRecord.Afi) or nameof(UpdateRecord.Safi)
                or nameof(UpdateRecord.AttributesPresent))
                continue;
            Assert.Equivalent(property.GetValue(reference), property.GetValue(record), strict: true);
        }
        Assert.Equal((1, 1, 1, 0x40), (record.RibView, record.Afi, record.Safi, record.PeerFlags));
        Assert.Equal((1ul, "coreams01", RouterSession.EpochNs), (record.Sequence, record.CollectorId, record.CollectorEpochNs));
        Assert.Equal(1ul << 35 | 1ul << 32 | 1ul << 16 | 0b111_1111_1110, record.AttributesPresent);
    }

    [Fact]
    public void Each_field_of_an_announcement_has_the_value_of_its_attribute()
    {
        var session = RouterSession.Established(PostPolicy);
        session.Receive(PostPolicy, BgpMessage.Update(Everything, Nlri.Prefix("203.0.113.0/24")));
        var record = session.TakeUpdate();

        Assert.Equal((1_700_000_000_123_456_789ul, 1_700_000_000_123_000_000ul), (record.TimeReceivedNs, record.TimeBmpHeaderNs));
        Assert.Equal(("2001:db8::1", (ushort)40_000, "192.0.2.9"), (record.RouterAddr, record.RouterPort, record.PeerAddr));
        Assert.Equal((0x0A000001u, 65001u), (record.PeerBgpId, record.PeerAsn));
        Assert.Equal(("203.0.113.0", (byte)24), (record.PrefixAddr, record.PrefixLen));
        Assert.Equal((true, false, true, false), (record.IsPostPolicy, record.IsAdjRibOut, record.Announced, record.Synthetic));
        Assert.Equal("IGP", record.Origin);
        Assert.Equal([65001u, 400644], record.AsPath);
        Assert.Equal("192.0.2.9", record.NextHop);
        Assert.Equal((50u, 100u, 65010u), (record.MultiExitDisc, record.LocalPreference, record.OnlyToCustomer));
        Assert.Equal((true, 65001u, 0x0A000001u), (record.AtomicAggregate, record.AggregatorAsn, record.AggregatorBgpId));
        Assert.Equal([(65001u, (ushort)100), (65535u, (ushort)65281)], record.Communities);
        Assert.Equal([new ExtendedCommunity(0, 2, "FDE900000064")], record.ExtendedCommunities);
        Assert.Equal([(65001u, 1u, 2u)], record.LargeCommunities);
        Assert.Equal(0x0A000002u, record.OriginatorId);
        Assert.Equal([0x0A000003u], record.ClusterList);
        Assert.Equal((0, 0, 0, 0), (record.MpReachAfi, record.MpReachSafi, record.MpUnreachAfi, record.MpUnreachSafi));
    }

    [Fact]
    public void A_withdrawal_carries_the_attributes_of_its_message()
    {
        var session = RouterSession.Established(PostPolicy);
        session.Receive(PostPolicy, BgpMessage.Update(Everything, withdrawn: Nlri.Prefix("203.0.113.0/24")));
        var record = session.TakeUpdate();
        Assert.False(record.Announced);
        Assert.Equal((50u, "IGP", "192.0.2.9"), (record.MultiExitDisc, record.Origin, record.NextHop));
    }

    [Fact]
    public void A_bare_withdrawal_has_defaults()
    {
        var session = RouterSession.Established();
        session.Receive(new PeerHeader(), BgpMessage.Update([], withdrawn: Nlri.Prefix("203.0.113.0/24")));
        var record = session.TakeUpdate();
        Assert.Equal(("INCOMPLETE", "::", 0ul), (record.Origin, record.NextHop, record.AttributesPresent));
        Assert.Empty(record.AsPath);
        Assert.Equal(0u,
            record.MultiExitDisc | record.LocalPreference | record.OnlyToCustomer | record.AggregatorAsn | record.OriginatorId);
    }

    [Theory]
    [InlineData(0, "IGP")]
    [InlineData(1, "EGP")]
    [InlineData(2, "INCOMPLETE")]
    public void Origin_is_text(byte value, string text)
    {
        var session = RouterSession.Established();
        session.Receive(new PeerHeader(), BgpMessage.Update(
            Bytes.Join(AsPath(65001), NextHop("192.0.2.9"), Origin(value)), Nlri.Prefix("203.0.113.0/24")));
        Assert.Equal(text, session.TakeUpdate().Origin);
    }

    [Fact]
    public void Nothing_of_one_UPDATE_is_left_in_the_next()
    {
        var session = RouterSession.Established();
        session.Receive(new PeerHeader(), BgpMessage.Update(
            Bytes.Join(Everything, MpReach(2, 1, Bytes.Address("2001:db8::9"), Nlri.Prefix("2001:db8::/32")), Of(0xC0, 99, 1)),
                Nlri.Prefix("203.0.113.0/24")));
        session.TakeUpdates();
        session.Receive(new PeerHeader(), BgpMessage.Update(Mandatory, Nlri.Prefix("203.0.113.0/24")));

        var record = session.TakeUpdate();
        Assert.Equal(0u,
            record.MultiExitDisc | record.LocalPreference | record.OnlyToCustomer | record.AggregatorAsn | record.OriginatorId);
        Assert.Equal(0, record.MpReachAfi + record.MpReachSafi + record.Communities.Length + record.ExtendedCommunities.Length
            + record.LargeCommunities.Length + record.ClusterList.Length + record.OtherAttributes.Length);
        Assert.Equal((false, 0b1110ul), (record.AtomicAggregate, record.AttributesPresent));
    }

    // The independent reader agrees with ours, on records of every kind of list.
    [Fact]
    public async Task The_capnp_tool_reads_the_same()
    {
        var session = RouterSession.Established(PostPolicy);
        byte[] reach = MpReach(
            1, 128, Bytes.Hex("0000000000000000 20010DB8000000000000000000000009 0000000000000000 FE800000000000000000000000000009"),
            Nlri.Labelled(Bytes.Join(Nlri.Label(16, false), Nlri.Label(17, true)), Bytes.Hex("0000 FDE9 00000001"), "203.0.113.0/24"));
        byte[] path = AsPathOf(Segment(3, 64512), Segment(2, 65001, 400644), Segment(1, 1, 2, 3));
        session.Receive(PostPolicy, BgpMessage.Update(
            Bytes.Join(Origin(1), path, Of(0xC0, 99, 1, 2, 3), reach,
                Of(0xC0, 25, Bytes.Hex("0002 20010DB8000000000000000000000001 0064")))));
        session.Receive(PostPolicy, BgpMessage.Update(Everything, Nlri.Prefixes("203.0.113.0/24", "198.51.100.0/24")));
        session.Receive(PostPolicy, BgpMessage.Update([], withdrawn: Nlri.Prefix("203.0.113.0/24")));

        var records = await CapnpTool.ReadAsync(session.TakeUpdateBytes(), "update", "Update");

        Assert.Equal(4, records.Count);
        var labelled = records[0];
        Assert.Equal("[16,17]", labelled.GetProperty("mplsLabels").GetRawText().Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(["3:64512", "2:65001,400644", "1:1,2,3"], labelled.GetProperty("asPathSegments").EnumerateArray().Select(segment =>
            $"{segment.GetProperty("type").GetInt32()}:" +
            string.Join(",", segment.GetProperty("asns").EnumerateArray().Select(asn => asn.GetUInt32()))));
        Assert.Equal("EGP", labelled.GetProperty("origin").GetString());
        Assert.Equal(((ulong)0x0000_FDE9_0000_0001).ToString(System.Globalization.CultureInfo.InvariantCulture),
            Text(labelled, "routeDistinguisher"));
        Assert.Equal(16, labelled.GetProperty("nextHopLinkLocal").GetArrayLength());
        Assert.Equal(18, labelled.GetProperty("extendedCommunities")[0].GetProperty("value").GetArrayLength());
        Assert.Equal(99, labelled.GetProperty("otherAttributes")[0].GetProperty("type").GetInt32());
        Assert.Equal([203, 0, 113, 0], Last4(records[1]));
        Assert.Equal([198, 51, 100, 0], Last4(records[2]));
        Assert.Equal(2, records[2].GetProperty("communities").GetArrayLength());
        Assert.False(records[3].GetProperty("announced").GetBoolean());
        Assert.Equal("coreams01", records[3].GetProperty("collectorId").GetString());
        Assert.Equal(["1", "2", "3", "4"], records.Select(record => Text(record, "sequence")));
    }

    // The tool writes 64-bit numbers as text.
    private static string Text(JsonElement record, string property) => record.GetProperty(property).ToString();

    private static IEnumerable<int> Last4(JsonElement record) =>
        record.GetProperty("prefixAddr").EnumerateArray().Select(one => one.GetInt32()).Skip(12);
}
