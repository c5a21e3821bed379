using Risotto.Tests.Messages;
using Risotto.Tests.Pipeline;

namespace Risotto.Tests.Decode.Bmp;

/// <summary>BMP version 4, draft-ietf-grow-bmp-tlv. The layouts are those of its drafts.</summary>
public sealed class TlvVersionTests
{
    private static readonly byte[] Update = BgpMessage.Update(PathAttribute.Mandatory, Nlri.Prefix("198.51.100.0/24"));

    private readonly RouterSession _session = RouterSession.Established();

    // Type (2), Length (2) and in later drafts Index (2), then the value.
    [Theory]
    [InlineData("")]
    [InlineData("0007 LLLL 0000")]
    [InlineData("0004 LLLL 0000")]
    [InlineData("0004 LLLL")]
    [InlineData("0005 0004 0000 626C7565 0007 LLLL 0001")]
    [InlineData("8001 0008 0000 00000009 DEADBEEF 0003 0008 0000 00000000 6553F100 0007 LLLL 0000")]
    public void The_update_is_found_in_any_layout(string before)
    {
        byte[] tlvs = Bytes.Hex(before.Replace("LLLL", $"{Update.Length:X4}", StringComparison.Ordinal));
        _session.Receive(Version4(BmpMessage.RouteMonitoring(new PeerHeader(), Bytes.Join(tlvs, Update))));

        Assert.Equal(["+198.51.100.0/24"], _session.TakeRoutes());
        Assert.Empty(_session.TakeMalformed());
    }

    [Fact]
    public void A_TLV_after_the_update_is_skipped_and_counted()
    {
        byte[] tlvs = Bytes.Join(Bytes.Hex($"0007 {Update.Length:X4} 0000"), Update, Bytes.Hex("0005 0004 0000 626C7565"));
        _session.Receive(Version4(BmpMessage.RouteMonitoring(new PeerHeader(), tlvs)));

        Assert.Equal(["+198.51.100.0/24"], _session.TakeRoutes());
        Assert.Equal([("octets_after_bgp_message", 1L)], _session.Counters.Skipped);
    }

    [Fact]
    public void A_message_without_an_update_is_reported()
    {
        _session.Receive(Version4(BmpMessage.RouteMonitoring(new PeerHeader(), Bytes.Hex("0005 0004 0000 626C7565"))));

        Assert.Empty(_session.TakeRoutes());
        Assert.Equal("bgp_header_truncated", Assert.Single(_session.TakeMalformed()).Error);
    }

    private static byte[] Version4(byte[] message)
    {
        message[0] = 4;
        return message;
    }
}
