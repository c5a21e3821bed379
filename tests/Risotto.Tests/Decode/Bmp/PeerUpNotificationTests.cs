using Risotto.Tests.Messages;
using Risotto.Tests.Pipeline;
using Risotto.Tests.Records;

namespace Risotto.Tests.Decode.Bmp;

public sealed class PeerUpNotificationTests
{
    private readonly RouterSession _session = new();

    [Fact]
    public void Every_field_is_in_the_event()
    {
        var header = new PeerHeader { Flags = PeerHeader.V, Address = "2001:db8::9", As = 400644, BgpId = 0x0A000009 };
        var record = Receive(BmpMessage.PeerUp(
            header,
            BgpMessage.Open(400001, 180, 0x0A000001, BgpMessage.FourOctetAs(400001), BgpMessage.Capability(1, 0, 2, 0, 1)),
            BgpMessage.Open(400644, 90, 0x0A000009, BgpMessage.FourOctetAs(400644), BgpMessage.Capability(2)),
            BmpMessage.Tlv(0, "north"u8.ToArray()), BmpMessage.Tlv(3, "vrf1"u8.ToArray())));

        Assert.Equal(PeerEventRecord.PeerUp, record.Kind);
        Assert.Equal(("2001:db8::1", 40_000, "coreams01", RouterSession.EpochNs),
            (record.RouterAddr, record.RouterPort, record.CollectorId, record.CollectorEpochNs));
        Assert.Equal(("2001:db8::9", 400644u, 0x0A000009u), (record.PeerAddr, record.PeerAsn, record.PeerBgpId));
        Assert.Equal(("2001:db8::1", (ushort)179, (ushort)40179), (record.LocalAddr, record.LocalPort, record.RemotePort));
        Assert.Equal((400001u, 0x0A000001u, (ushort)90), (record.LocalAsn, record.LocalBgpId, record.HoldTime));
        Assert.Equal([((byte)65, "00061A81"), ((byte)1, "00020001")], record.SentCapabilities);
        Assert.Equal([((byte)65, "00061D04"), ((byte)2, "")], record.ReceivedCapabilities);
        Assert.Equal([((ushort)0, "north"), ((ushort)3, "vrf1")], record.Information);
        Assert.Equal((1_700_000_000_123_456_000ul, 1_700_000_000_123_456_789ul), (record.TimeBmpHeaderNs, record.TimeReceivedNs));
        Assert.Equal((byte)0x80, record.PeerFlags);
    }

    [Fact]
    public void An_IPv4_peer_has_an_IPv4_local_address()
    {
        var record = Receive(BmpMessage.PeerUp(new PeerHeader(), BgpMessage.Open(65000), BgpMessage.Open(65001)));
        Assert.Equal(("192.0.2.1", "192.0.2.9", 65000u), (record.LocalAddr, record.PeerAddr, record.LocalAsn));
    }

    [Fact]
    public void A_LocRib_has_neither_address()
    {
        var header = new PeerHeader { Type = 3, Flags = 0x80, Address = "0.0.0.0" };
        var record =
            Receive(BmpMessage.PeerUp(header, BgpMessage.Open(65000), BgpMessage.Open(65000), BmpMessage.Tlv(3, "global"u8.ToArray())));
        Assert.Equal(("::", "::", (byte)3), (record.LocalAddr, record.PeerAddr, record.PeerType));
        Assert.Equal([((ushort)3, "global")], record.Information);
    }

    // RFC 5492 4: capabilities may share an optional parameter, or have one each.
    [Fact]
    public void Capabilities_of_one_optional_parameter_are_read_one_by_one()
    {
        byte[] capabilities = Bytes.Join(BgpMessage.FourOctetAs(400001), BgpMessage.Capability(6), BgpMessage.AddPath(1, 1, 3));
        byte[] parameters = Bytes.Join([(byte)(capabilities.Length + 2), 2, (byte)capabilities.Length], capabilities);
        var record = Receive(BmpMessage.PeerUp(new PeerHeader(), BgpMessage.OpenWith(400001, 90, 1, parameters), BgpMessage.Open(65001)));
        Assert.Equal([((byte)65, "00061A81"), ((byte)6, ""), ((byte)69, "00010103")], record.SentCapabilities);
        Assert.Equal(400001u, record.LocalAsn);
    }

    // RFC 9072 2 and 3: 255, 255 and 2-byte lengths; the first 255 is to be ignored, but must not be 0.
    [Theory]
    [InlineData(255)]
    [InlineData(4)]
    [InlineData(1)]
    public void Extended_optional_parameters_are_read(byte shortLength)
    {
        byte[] sent = BgpMessage.ExtendedOpen(400001, shortLength, BgpMessage.FourOctetAs(400001), BgpMessage.AddPath(1, 1, 1));
        byte[] received = BgpMessage.ExtendedOpen(65001, shortLength, BgpMessage.FourOctetAs(65001), BgpMessage.AddPath(1, 1, 2));
        var record = Receive(BmpMessage.PeerUp(new PeerHeader(), sent, received));

        Assert.Equal([((byte)65, "00061A81"), ((byte)69, "00010101")], record.SentCapabilities);
        Assert.Equal([((byte)65, "0000FDE9"), ((byte)69, "00010102")], record.ReceivedCapabilities);
        _session.Receive(new PeerHeader(), BgpMessage.Update(PathAttribute.Mandatory, Nlri.WithPathId(9, "203.0.113.0/24")));
        Assert.Equal(["+203.0.113.0/24#9"], _session.TakeRoutes());
    }

    [Fact]
    public void Extended_optional_parameters_of_300_capabilities_of_200_bytes_are_kept_up_to_256()
    {
        byte[] value = new byte[200];
        byte[][] capabilities = [.. Enumerable.Range(0, 300).Select(i => BgpMessage.Capability((byte)(i % 64), value))];
        var record =
            Receive(BmpMessage.PeerUp(new PeerHeader(), BgpMessage.ExtendedOpen(65000, 255, capabilities), BgpMessage.Open(65001)));
        Assert.Equal(256, record.SentCapabilities.Length);
        Assert.All(record.SentCapabilities, capability => Assert.Equal(400, capability.Value.Length));
    }

    [Fact]
    public void A_capability_that_is_cut_off_ends_its_parameter_only()
    {
        byte[] parameters = Bytes.Hex("0D  02 03 45 04 00  02 06 41 04 00061A81");
        var record = Receive(BmpMessage.PeerUp(new PeerHeader(), BgpMessage.OpenWith(400001, 90, 1, parameters), BgpMessage.Open(65001)));
        Assert.Equal([((byte)65, "00061A81")], record.SentCapabilities);
        Assert.Equal(400001u, record.LocalAsn);
    }

    [Fact]
    public void Parameters_of_other_types_are_passed_over()
    {
        byte[] parameters = Bytes.Hex("0C  01 02 00 00  02 06 41 04 00061A81");
        var record = Receive(BmpMessage.PeerUp(new PeerHeader(), BgpMessage.OpenWith(400001, 90, 1, parameters), BgpMessage.Open(65001)));
        Assert.Equal(400001u, record.LocalAsn);
    }

    [Fact]
    public void OPENs_that_cannot_be_read_leave_the_peer_up_and_its_routes_undecided()
    {
        // What FRR 8.4 writes for a peer whose OPEN it does not have: a bare header.
        byte[] bare = BgpMessage.Message(BgpMessage.OpenType);
        _session.Receive(BmpMessage.PeerUp(new PeerHeader(), BgpMessage.Open(65000), bare));

        Assert.Equal("open_invalid", Assert.Single(_session.Counters.Errors).Reason);
        Assert.Equal(PeerEventRecord.PeerUp, _session.TakePeerEvents()[^1].Kind);
        for (int i = 0; i < 3; i++)
            _session.Receive(new PeerHeader(), BgpMessage.Update(PathAttribute.Mandatory, Nlri.Prefix($"203.0.{i}.0/24")));
        Assert.Equal(3, _session.TakeRoutes().Length);
    }

    private PeerEventRecord Receive(byte[] message)
    {
        _session.Receive(message);
        Assert.Empty(_session.Counters.Errors);
        return _session.TakePeerEvents()[^1];
    }
}
