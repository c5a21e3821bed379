using System.Net;
using Risotto.Tests.Messages;
using Risotto.Tests.Pipeline;
using static Risotto.Tests.Messages.PathAttribute;

namespace Risotto.Tests.Decode.Bgp;

public sealed class NlriTests
{
    private readonly RouterSession _session = RouterSession.Established();

    // RFC 4271 4.3: the bits behind the prefix in its last byte are irrelevant; the schema says host bits are 0.
    [Fact]
    public void IPv4_prefixes_of_every_length_have_no_host_bits()
    {
        for (int length = 0; length <= 32; length++)
        {
            byte[] nlri = [(byte)length, .. Enumerable.Repeat((byte)0xFF, (length + 7) / 8)];
            _session.Receive(new PeerHeader(), BgpMessage.Update(Mandatory, nlri));
            _session.Receive(new PeerHeader(), BgpMessage.Update([], withdrawn: nlri));

            uint expected = length == 0 ? 0 : uint.MaxValue << (32 - length);
            string prefix = $"{new IPAddress(Bytes.UInt32(expected))}/{length}";
            Assert.Equal(["+" + prefix, "-" + prefix], _session.TakeRoutes());
        }
    }

    [Fact]
    public void IPv6_prefixes_of_every_length_have_no_host_bits()
    {
        for (int length = 0; length <= 128; length++)
        {
            byte[] nlri = [(byte)length, .. Enumerable.Repeat((byte)0xFF, (length + 7) / 8)];
            _session.Receive(new PeerHeader(),
                BgpMessage.Update(Bytes.Join(OriginAndPath, MpReach(2, 1, Bytes.Address("2001:db8::9"), nlri))));
            _session.Receive(new PeerHeader(), BgpMessage.Update(MpUnreach(2, 1, nlri)));

            byte[] address = [.. Enumerable.Range(0, 16).Select(i => (byte)(0xFF00 >> Math.Clamp(length - i * 8, 0, 8)))];
            string prefix = $"{new IPAddress(address)}/{length}";
            Assert.Equal(["+" + prefix, "-" + prefix], _session.TakeRoutes());
        }
    }

    [Fact]
    public void IPv6_prefixes_of_every_length_are_read_byte_by_byte()
    {
        byte[] pattern = Bytes.Hex("2001 0DB8 1122 3344 5566 7788 99AA BBCC");
        for (int length = 0; length <= 128; length += 8)
        {
            byte[] nlri = [(byte)length, .. pattern[..(length / 8)]];
            _session.Receive(new PeerHeader(),
                BgpMessage.Update(Bytes.Join(OriginAndPath, MpReach(2, 2, Bytes.Address("2001:db8::9"), nlri))));
            Assert.Equal([$"+{new IPAddress([.. pattern[..(length / 8)], .. new byte[16 - length / 8]])}/{length}"], _session.TakeRoutes());
        }
    }

    [Fact]
    public void The_prefix_at_the_start_of_the_shortest_message_is_read()
    {
        // A withdrawal is as near to the message's first byte as a prefix can be.
        _session.Receive(new PeerHeader(), BgpMessage.Update([], withdrawn: Bytes.Hex("00 01 80")));
        Assert.Equal(["-0.0.0.0/0", "-128.0.0.0/1"], _session.TakeRoutes());
    }

    // AFI, SAFI; each family's rows name it.
    [Theory]
    [InlineData(1, 1, "203.0.113.0/24")]
    [InlineData(1, 2, "203.0.113.0/24")]
    [InlineData(2, 1, "2001:db8::/32")]
    [InlineData(2, 2, "2001:db8::/32")]
    public void Unicast_and_multicast_rows_name_their_family(ushort afi, byte safi, string prefix)
    {
        byte[] nlri = Nlri.Prefix(prefix), nextHop = Bytes.Address(afi == 1 ? "192.0.2.9" : "2001:db8::9");
        _session.Receive(new PeerHeader(), BgpMessage.Update(Bytes.Join(OriginAndPath, MpReach(afi, safi, nextHop, nlri))));
        var record = _session.TakeUpdate();
        Assert.Equal((afi, safi, afi, safi), (record.Afi, record.Safi, record.MpReachAfi, record.MpReachSafi));
        Assert.Equal((0, 0), (record.MpUnreachAfi, record.MpUnreachSafi));
        Assert.Equal("+" + prefix, record.Route);

        _session.Receive(new PeerHeader(), BgpMessage.Update(MpUnreach(afi, safi, nlri)));
        record = _session.TakeUpdate();
        Assert.Equal((afi, safi, afi, safi), (record.Afi, record.Safi, record.MpUnreachAfi, record.MpUnreachSafi));
        Assert.Equal("-" + prefix, record.Route);
    }

    [Theory]
    [InlineData(25, 70)]
    [InlineData(1, 133)]
    [InlineData(2, 134)]
    [InlineData(1, 5)]
    [InlineData(16388, 71)]
    [InlineData(3, 1)]
    public void Families_that_are_not_decoded_are_counted(ushort afi, byte safi)
    {
        _session.Receive(new PeerHeader(), BgpMessage.Update(Bytes.Join(OriginAndPath, MpReach(afi, safi, [], [1, 2, 3]))));
        _session.Receive(new PeerHeader(), BgpMessage.Update(MpUnreach(afi, safi, [1, 2, 3])));

        Assert.Empty(_session.TakeUpdates());
        Assert.Empty(_session.Counters.Errors);
        Assert.Equal([($"nlri_{afi}_{safi}", 2L)], _session.Counters.Skipped);
    }

    [Fact]
    public void One_UPDATE_withdraws_and_announces_in_all_four_fields()
    {
        byte[] attributes = Bytes.Join(
            Mandatory, MpReach(2, 1, Bytes.Address("2001:db8::9"), Nlri.Prefix("2001:db8:1::/48")),
                MpUnreach(2, 1, Nlri.Prefix("2001:db8:2::/48")));
        _session.Receive(new PeerHeader(), BgpMessage.Update(attributes, Nlri.Prefix("203.0.113.0/24"), Nlri.Prefix("198.51.100.0/24")));

        var records = _session.TakeUpdates();
        Assert.Equal(
            ["-198.51.100.0/24", "-2001:db8:2::/48", "+203.0.113.0/24", "+2001:db8:1::/48"], records.Select(record => record.Route));
        Assert.All(records, record =>
            Assert.Equal((2, 1, 2, 1), (record.MpReachAfi, record.MpReachSafi, record.MpUnreachAfi, record.MpUnreachSafi)));
        Assert.Equal(["192.0.2.9", "2001:db8::9"], records.Skip(2).Select(record => record.NextHop));
        Assert.Equal([(1, 1), (2, 1), (1, 1), (2, 1)], records.Select(record => ((int)record.Afi, (int)record.Safi)));
    }

    // RFC 4271 4.3: such a prefix is to be taken as announced.
    [Fact]
    public void A_prefix_withdrawn_and_announced_in_one_UPDATE_ends_announced()
    {
        byte[] attributes = Bytes.Join(
            Mandatory, MpReach(2, 1, Bytes.Address("2001:db8::9"), Nlri.Prefix("2001:db8::/32")),
                MpUnreach(2, 1, Nlri.Prefix("2001:db8::/32")));
        _session.Receive(new PeerHeader(), BgpMessage.Update(attributes, Nlri.Prefix("203.0.113.0/24"), Nlri.Prefix("203.0.113.0/24")));

        Assert.Equal(["-203.0.113.0/24", "-2001:db8::/32", "+203.0.113.0/24", "+2001:db8::/32"], _session.TakeRoutes());
    }

    // RFC 4724 2.
    [Theory]
    [InlineData("")]
    [InlineData("800F03 0002 01")]
    [InlineData("900F 0003 0001 80")]
    [InlineData("800F03 0019 46")]
    public void End_of_RIB_makes_no_row_and_is_counted(string attributes)
    {
        _session.Receive(new PeerHeader(), BgpMessage.Update(Bytes.Hex(attributes)));
        Assert.Empty(_session.TakeUpdates());
        Assert.Equal(1, _session.Counters.EndOfRibs);
        Assert.Empty(_session.Counters.Errors);
    }

    [Fact]
    public void An_UPDATE_of_attributes_without_prefixes_is_no_End_of_RIB()
    {
        _session.Receive(new PeerHeader(), BgpMessage.Update(Mandatory));
        Assert.Empty(_session.TakeUpdates());
        Assert.Equal(0, _session.Counters.EndOfRibs);
    }

    // RFC 4271 NEXT_HOP; RFC 4760, 2545, 8950, 4364 and 4659 for MP_REACH_NLRI. AFI, SAFI, next hop field, next hop, link-local.
    [Theory]
    [InlineData(1, 1, "C0000209", "192.0.2.9", "")]
    [InlineData(1, 1, "20010DB8000000000000000000000009", "2001:db8::9", "")]
    [InlineData(1, 1, "20010DB8000000000000000000000009 FE800000000000000000000000000009", "2001:db8::9", "fe80::9")]
    [InlineData(2, 1, "20010DB8000000000000000000000009", "2001:db8::9", "")]
    [InlineData(2, 1, "20010DB8000000000000000000000009 FE800000000000000000000000000009", "2001:db8::9", "fe80::9")]
    [InlineData(2, 1, "00000000000000000000FFFFC0000209", "192.0.2.9", "")]
    [InlineData(1, 4, "C0000209", "192.0.2.9", "")]
    [InlineData(2, 4, "20010DB8000000000000000000000009", "2001:db8::9", "")]
    [InlineData(1, 128, "0000000000000000 C0000209", "192.0.2.9", "")]
    [InlineData(1, 128, "0000000000000000 20010DB8000000000000000000000009", "2001:db8::9", "")]
    [InlineData(1, 128, "0000000000000000 20010DB8000000000000000000000009 0000000000000000 FE800000000000000000000000000009",
        "2001:db8::9", "fe80::9")]
    [InlineData(2, 128, "0000000000000000 20010DB8000000000000000000000009", "2001:db8::9", "")]
    [InlineData(2, 128, "0000000000000000 20010DB8000000000000000000000009 0000000000000000 FE800000000000000000000000000009",
        "2001:db8::9", "fe80::9")]
    [InlineData(2, 128, "0000000000000000 00000000000000000000FFFFC0000209", "192.0.2.9", "")]
    public void Next_hops_have_the_forms_of_their_families(ushort afi, byte safi, string field, string nextHop, string linkLocal)
    {
        string prefix = afi == 1 ? "203.0.113.0/24" : "2001:db8::/32";
        byte[] nlri = safi == 1 ? Nlri.Prefix(prefix) : Nlri.Labelled(Nlri.Label(16, true), safi == 128 ? new byte[8] : [], prefix);
        _session.Receive(new PeerHeader(), BgpMessage.Update(Bytes.Join(OriginAndPath, MpReach(afi, safi, Bytes.Hex(field), nlri))));

        var record = _session.TakeUpdate();
        Assert.Equal(("+" + prefix, nextHop, linkLocal), (record.Route, record.NextHop, record.NextHopLinkLocal));
    }

    [Fact]
    public void A_row_without_any_next_hop_has_the_unspecified_one()
    {
        _session.Receive(new PeerHeader(), BgpMessage.Update([], withdrawn: Nlri.Prefix("203.0.113.0/24")));
        Assert.Equal("::", _session.TakeUpdate().NextHop);
    }
}
