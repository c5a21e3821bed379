using Risotto.Tests.Messages;
using Risotto.Tests.Pipeline;
using static Risotto.Tests.Messages.PathAttribute;

namespace Risotto.Tests.Decode.Bgp;

/// <summary>RFC 8277 labelled unicast and RFC 4364, 4659 VPN prefixes.</summary>
public sealed class LabelledNlriTests
{
    private static readonly byte[] RouteDistinguisher = Bytes.Hex("0001 0A000001 0064");

    private readonly RouterSession _session = RouterSession.Established();

    [Theory]
    [InlineData(1, "203.0.113.0/24")]
    [InlineData(1, "0.0.0.0/0")]
    [InlineData(1, "192.0.2.1/32")]
    [InlineData(1, "198.51.100.128/25")]
    [InlineData(2, "2001:db8::/32")]
    [InlineData(2, "::/0")]
    [InlineData(2, "2001:db8::1/128")]
    [InlineData(2, "2001:db8:8000::/33")]
    public void A_prefix_has_its_own_length_without_label_and_RD(ushort afi, string prefix)
    {
        byte[] label = Nlri.Label(100_000, true);
        Announce(afi, 4, Nlri.Labelled(label, [], prefix));
        var record = _session.TakeUpdate();
        Assert.Equal(("+" + prefix, afi, 4, 0ul), (record.Route, record.Afi, record.Safi, record.RouteDistinguisher));
        Assert.Equal([100_000u], record.MplsLabels);

        Announce(afi, 128, Nlri.Labelled(label, RouteDistinguisher, prefix));
        record = _session.TakeUpdate();
        Assert.Equal(("+" + prefix, afi, 128, 0x0001_0A00_0001_0064ul), (record.Route, record.Afi, record.Safi, record.RouteDistinguisher));
        Assert.Equal([100_000u], record.MplsLabels);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(1_048_575)]
    public void A_label_has_20_bits(int label)
    {
        Announce(1, 4, Nlri.Labelled(Nlri.Label(label, true), [], "203.0.113.0/24"));
        Assert.Equal([(uint)label], _session.TakeUpdate().MplsLabels);
    }

    [Fact]
    public void The_traffic_class_is_no_part_of_the_label()
    {
        // Label 16, traffic class 7, bottom of stack.
        Announce(1, 4, Nlri.Labelled(Bytes.Hex("00010F"), [], "203.0.113.0/24"));
        Assert.Equal([16u], _session.TakeUpdate().MplsLabels);
    }

    [Fact]
    public void A_stack_ends_with_the_bottom_of_stack_bit()
    {
        byte[] labels = Bytes.Join(Nlri.Label(16, false), Nlri.Label(17, false), Nlri.Label(18, true));
        Announce(1, 128, Nlri.Labelled(labels, RouteDistinguisher, "203.0.113.0/24"));
        var record = _session.TakeUpdate();
        Assert.Equal([16u, 17, 18], record.MplsLabels);
        Assert.Equal("+203.0.113.0/24", record.Route);
    }

    // RFC 8277 2.4 and RFC 3107 3: what stands in place of the label of a withdrawn prefix.
    [Theory]
    [InlineData("800000", 4)]
    [InlineData("000000", 4)]
    [InlineData("0186A1", 4)]
    [InlineData("800000", 128)]
    [InlineData("000000", 128)]
    [InlineData("0186A1", 128)]
    public void A_withdrawn_prefix_has_one_label_of_any_of_three_forms(string label, byte safi)
    {
        byte[] rd = safi == 128 ? RouteDistinguisher : [];
        _session.Receive(new PeerHeader(), BgpMessage.Update(MpUnreach(
            1, safi, Nlri.Labelled(Bytes.Hex(label), rd, "203.0.113.0/24"), Nlri.Labelled(Bytes.Hex(label), rd, "10.0.0.0/8"))));

        var records = _session.TakeUpdates();
        Assert.Equal(["-203.0.113.0/24", "-10.0.0.0/8"], records.Select(record => record.Route));
        Assert.All(records, record => Assert.Single(record.MplsLabels));
    }

    [Fact]
    public void Stray_host_bits_are_cleared()
    {
        Announce(1, 4, [24 + 20, .. Nlri.Label(16, true), 203, 0, 0x7F]);
        Announce(2, 128, [24 + 64 + 33, .. Nlri.Label(16, true), .. RouteDistinguisher, 0x20, 0x01, 0x0D, 0xB8, 0xFF]);
        Assert.Equal(["+203.0.112.0/20", "+2001:db8:8000::/33"], _session.TakeRoutes());
    }

    [Fact]
    public void Several_prefixes_of_one_UPDATE_have_labels_and_RDs_of_their_own()
    {
        var session = new RouterSession();
        session.PeerUp(new PeerHeader(), [BgpMessage.MultipleLabels(1, 128, 3)], [BgpMessage.MultipleLabels(1, 128, 2)]);
        session.Receive(new PeerHeader(), Update(1, 128,
            Nlri.Labelled(Nlri.Label(16, true), Bytes.Hex("0000 FDE9 00000001"), "203.0.113.0/24"),
            Nlri.Labelled(Bytes.Join(Nlri.Label(17, false), Nlri.Label(18, true)), Bytes.Hex("0002 00061D04 0002"), "0.0.0.0/0"),
            Nlri.Labelled(Nlri.Label(19, true), RouteDistinguisher, "192.0.2.1/32")));
        var records = session.TakeUpdates();
        Assert.Equal(["+203.0.113.0/24", "+0.0.0.0/0", "+192.0.2.1/32"], records.Select(record => record.Route));
        Assert.Equal(["16", "17,18", "19"], records.Select(record => string.Join(",", record.MplsLabels)));
        Assert.Equal([0x0000_FDE9_0000_0001ul, 0x0002_0006_1D04_0002ul, 0x0001_0A00_0001_0064ul],
            records.Select(record => record.RouteDistinguisher));
        Assert.All(records, record => Assert.Equal([65001u], record.AsPath));
    }

    // RFC 8277 2.2: without the capability in both OPENs there is one label, and its bottom-of-stack bit is ignored.
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Without_the_capability_of_both_sides_there_is_one_label(bool isSent, bool isReceived)
    {
        var session = new RouterSession();
        byte[][] OpenWith(bool has) => has ? [BgpMessage.MultipleLabels(1, 128, 2)] : [];
        session.PeerUp(new PeerHeader(), OpenWith(isSent), OpenWith(isReceived));
        session.Receive(new PeerHeader(), Update(1, 128, Nlri.Labelled(Nlri.Label(256, false), RouteDistinguisher, "198.51.100.0/24")));

        var record = session.TakeUpdate();
        Assert.Equal("+198.51.100.0/24", record.Route);
        Assert.Equal([256u], record.MplsLabels);
        Assert.Equal(0x0001_0A00_0001_0064ul, record.RouteDistinguisher);
    }

    // RFC 8277 2.1: a count of 0 or 1 is no permission.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_count_below_two_allows_one_label(byte count)
    {
        var session = new RouterSession();
        session.PeerUp(new PeerHeader(), [BgpMessage.MultipleLabels(1, 4, count)], [BgpMessage.MultipleLabels(1, 4, count)]);
        session.Receive(new PeerHeader(), Update(1, 4, Nlri.Labelled(Nlri.Label(256, false), [], "198.51.100.0/24")));
        Assert.Equal([256u], session.TakeUpdate().MplsLabels);
    }

    [Fact]
    public void With_path_identifiers_they_stand_before_the_length()
    {
        var session = new RouterSession();
        session.PeerUp(new PeerHeader(), [BgpMessage.AddPath(1, 128, 1)], [BgpMessage.AddPath(1, 128, 2)]);
        byte[] nlri = Nlri.Labelled(Nlri.Label(16, true), RouteDistinguisher, "203.0.113.0/24");
        session.Receive(new PeerHeader(), Update(1, 128, Bytes.UInt32(1), nlri, Bytes.UInt32(2), nlri));
        Assert.Equal(["+203.0.113.0/24#1", "+203.0.113.0/24#2"], session.TakeRoutes());
    }

    // Length byte and what follows; the family's shortest length is that of one label, and of the RD.
    [Theory]
    [InlineData(4, "17 000101")]
    [InlineData(4, "00")]
    [InlineData(4, "39 000101 CB00710000")]
    [InlineData(4, "30 000101 CB00")]
    [InlineData(128, "57 000101 00010A00000100")]
    [InlineData(128, "18 000101")]
    [InlineData(128, "79 000101 00010A0000010064 CB00710000")]
    public void A_prefix_of_an_impossible_length_skips_the_message(byte safi, string nlri)
    {
        Announce(1, safi, Bytes.Hex(nlri));
        Assert.Empty(_session.TakeUpdates());
        Assert.Equal([("mp_reach_invalid", 1L)], _session.Counters.Errors);
    }

    private static byte[] Update(ushort afi, byte safi, params byte[][] nlri)
    {
        byte[] nextHop = Bytes.Join(new byte[safi == 128 ? 8 : 0], Bytes.Address(afi == 1 ? "192.0.2.9" : "2001:db8::9"));
        return BgpMessage.Update(Bytes.Join(OriginAndPath, MpReach(afi, safi, nextHop, nlri)));
    }

    private void Announce(ushort afi, byte safi, params byte[][] nlri) => _session.Receive(new PeerHeader(), Update(afi, safi, nlri));
}
