using Risotto.Tests.Messages;
using Risotto.Tests.Pipeline;

namespace Risotto.Tests.Decode.Bmp;

public sealed class StatisticsReportTests
{
    private readonly RouterSession _session = RouterSession.Established();

    // RFC 7854 4.8: 0 to 6, 11 to 13 are 32-bit counters, 7 and 8 64-bit gauges; RFC 8671 6.2: 14 and 15 are 64-bit gauges.
    [Theory]
    [InlineData(0, "FFFFFFFF", 4_294_967_295ul)]
    [InlineData(1, "00000001", 1)]
    [InlineData(2, "00000002", 2)]
    [InlineData(3, "00000003", 3)]
    [InlineData(4, "00000004", 4)]
    [InlineData(5, "00000005", 5)]
    [InlineData(6, "00000006", 6)]
    [InlineData(7, "0000000100000000", 4_294_967_296ul)]
    [InlineData(8, "FFFFFFFFFFFFFFFF", ulong.MaxValue)]
    [InlineData(11, "0000000B", 11)]
    [InlineData(12, "0000000C", 12)]
    [InlineData(13, "0000000D", 13)]
    [InlineData(14, "000000000000000E", 14)]
    [InlineData(15, "000000000000000F", 15)]
    public void A_counter_or_gauge_has_its_value(ushort type, string data, ulong value)
    {
        var header = new PeerHeader { Type = 1, Flags = PeerHeader.V, Address = "2001:db8::9", Distinguisher = 5 };
        _session.Receive(BmpMessage.StatisticsReport(header, BmpMessage.Tlv(type, Bytes.Hex(data))));

        var record = Assert.Single(_session.TakeStatistics());
        Assert.Equal((type, value, (ushort)0, (byte)0, ""), (record.StatType, record.Value, record.Afi, record.Safi, record.Raw));
        Assert.Equal(("2001:db8::9", 65001u, 0x0A000001u, 5ul),
            (record.PeerAddr, record.PeerAsn, record.PeerBgpId, record.PeerDistinguisher));
        Assert.Equal(((byte)1, (byte)0x80), (record.PeerType, record.PeerFlags));
        Assert.Equal((1_700_000_000_123_456_000ul, 1_700_000_000_123_456_789ul), (record.TimeBmpHeaderNs, record.TimeReceivedNs));
        Assert.Equal(("2001:db8::1", 40_000, "coreams01"), (record.RouterAddr, record.RouterPort, record.CollectorId));
    }

    // RFC 7854 4.8 types 9 and 10, RFC 8671 6.2 types 16 and 17: AFI, SAFI, 64-bit gauge.
    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(16)]
    [InlineData(17)]
    public void A_gauge_of_an_address_family_names_it(ushort type)
    {
        _session.Receive(BmpMessage.StatisticsReport(new PeerHeader(), BmpMessage.Tlv(type, Bytes.Hex("0002 80 00000000000003E8"))));

        var record = Assert.Single(_session.TakeStatistics());
        Assert.Equal((type, (ushort)2, (byte)128, 1000ul), (record.StatType, record.Afi, record.Safi, record.Value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("0102030405")]
    [InlineData("000000000000000000000001")]
    public void Data_of_another_length_is_kept_as_it_is(string data)
    {
        _session.Receive(BmpMessage.StatisticsReport(new PeerHeader(), BmpMessage.Tlv(60_000, Bytes.Hex(data))));

        var record = Assert.Single(_session.TakeStatistics());
        Assert.Equal(((ushort)60_000, 0ul, data), (record.StatType, record.Value, record.Raw));
    }

    [Fact]
    public void Data_of_65535_bytes_has_room()
    {
        _session.Receive(BmpMessage.StatisticsReport(new PeerHeader(), BmpMessage.Tlv(60_000, new byte[65_535])));
        Assert.Equal(2 * 65_535, Assert.Single(_session.TakeStatistics()).Raw.Length);
    }

    [Fact]
    public void The_count_is_not_relied_on()
    {
        _session.Receive(BmpMessage.Message(
            1, new PeerHeader().Bytes, Bytes.UInt32(uint.MaxValue), BmpMessage.Tlv(0, 0, 0, 0, 1), BmpMessage.Tlv(1, 0, 0, 0, 2)));
        Assert.Equal(2, _session.TakeStatistics().Count);
        Assert.Empty(_session.Counters.Errors);
    }

    [Fact]
    public void Of_a_report_that_is_cut_off_nothing_is_used()
    {
        _session.Receive(
            BmpMessage.Message(1, new PeerHeader().Bytes, Bytes.UInt32(2), BmpMessage.Tlv(0, 0, 0, 0, 1), Bytes.Hex("0001 0004 0000")));
        Assert.Empty(_session.TakeStatistics());
        Assert.Equal([("statistics_truncated", 1L)], _session.Counters.Errors);
        // The second TLV begins behind headers (48), count (4) and the first TLV (8).
        Assert.Equal(60u, Assert.Single(_session.TakeMalformed()).Offset);
    }
}
