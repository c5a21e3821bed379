using Risotto.Tests.Messages;
using Risotto.Tests.Pipeline;
using Risotto.Tests.Records;

namespace Risotto.Tests.Decode.Bmp;

/// <summary>Peer Down (RFC 7854 4.9, RFC 9069 5.3), Initiation (4.3) and Termination (4.5), and the session's own events.</summary>
public sealed class PeerEventTests
{
    private readonly RouterSession _session = new();

    [Theory]
    [InlineData(1, true)]
    [InlineData(3, true)]
    [InlineData(1, false)]
    [InlineData(3, false)]
    public void A_Peer_Down_by_NOTIFICATION_carries_it_where_there_is_one(byte reason, bool hasNotification)
    {
        byte[] notification = hasNotification ? BgpMessage.Message(BgpMessage.NotificationType, [6, 2]) : [];
        var record = Receive(BmpMessage.PeerDown(new PeerHeader(), reason, notification));
        Assert.Equal((PeerEventRecord.PeerDown, (ushort)reason), (record.Kind, record.Reason));
        Assert.Equal(notification, record.Data);
        Assert.Equal(("192.0.2.9", 65001u), (record.PeerAddr, record.PeerAsn));
    }

    [Theory]
    [InlineData(2, "0012")]
    [InlineData(4, "")]
    [InlineData(5, "")]
    [InlineData(6, "0003 0003 565246")]
    [InlineData(0, "")]
    [InlineData(200, "01")]
    public void A_Peer_Down_for_any_other_reason_carries_its_data(byte reason, string data)
    {
        var record = Receive(BmpMessage.PeerDown(new PeerHeader(), reason, Bytes.Hex(data)));
        Assert.Equal(reason, record.Reason);
        Assert.Equal(Bytes.Hex(data), record.Data);
    }

    [Theory]
    [InlineData("02")]
    [InlineData("02 00")]
    [InlineData("01 FFFF")]
    [InlineData("03 FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF 0015 03")]
    public void A_Peer_Down_that_is_cut_off_is_malformed(string body)
    {
        _session.Receive(BmpMessage.Message(2, new PeerHeader().Bytes, Bytes.Hex(body)));
        Assert.Equal([("peer_down_truncated", 1L)], _session.Counters.Errors);
    }

    [Fact]
    public void An_Initiation_carries_its_information()
    {
        var record = Receive(BmpMessage.Initiation(
            BmpMessage.Tlv(1, "FRRouting 8.4"u8.ToArray()), BmpMessage.Tlv(2, "rs1"u8.ToArray()), BmpMessage.Tlv(0),
                BmpMessage.Tlv(4, "é"u8.ToArray())));
        Assert.Equal(PeerEventRecord.Initiation, record.Kind);
        Assert.Equal([((ushort)1, "FRRouting 8.4"), ((ushort)2, "rs1"), ((ushort)0, ""), ((ushort)4, "é")], record.Information);
        Assert.Equal((0ul, ""), (record.TimeBmpHeaderNs, record.PeerAddr));
    }

    [Fact]
    public void A_Termination_carries_its_reason()
    {
        _session.ReceiveToTheEnd(BmpMessage.Termination(BmpMessage.Tlv(0, "bye"u8.ToArray()), BmpMessage.Tlv(1, 0, 3)));
        var record = _session.TakePeerEvents()[^1];
        Assert.Equal((PeerEventRecord.Termination, (ushort)3), (record.Kind, record.Reason));
        Assert.Equal("bye", record.Information[0].Value);
    }

    [Fact]
    public void Information_is_bounded_in_number_and_length()
    {
        var record = Receive(BmpMessage.Initiation([.. Enumerable.Range(0, 100).Select(_ => BmpMessage.Tlv(0, new byte[5000]))]));
        Assert.Equal(64, record.Information.Length);
        Assert.All(record.Information, information => Assert.Equal(4096, information.Value.Length));
    }

    [Fact]
    public void A_session_opens_and_closes_once()
    {
        _session.Receive(BmpMessage.Initiation());
        _session.Receive(BmpMessage.Initiation());
        _session.EndOfStream();
        Assert.Equal([4, 2, 2, 5], _session.TakePeerEvents().Select(record => (int)record.Kind));
    }

    private PeerEventRecord Receive(byte[] message)
    {
        _session.Receive(message);
        Assert.Empty(_session.Counters.Errors);
        return _session.TakePeerEvents()[^1];
    }
}
