using Risotto.Frame;
using Risotto.Tests.Messages;

namespace Risotto.Tests.Frame;

public sealed class BmpFramerTests
{
    [Theory]
    [InlineData("")]
    [InlineData("03")]
    [InlineData("03 00 00 00")]
    [InlineData("03 00000008 04")]
    [InlineData("03 00000008 04 00")]
    public void A_message_that_is_not_whole_needs_more_input(string input)
    {
        Assert.False(BmpFramer.TryFrame(Bytes.Hex(input), 4096, out int length, out var error));
        Assert.Equal(0, length);
        Assert.False(error.IsError);
    }

    [Theory]
    [InlineData("03 00000006 04", 6)]
    [InlineData("03 00000006 04 03 00000006 05", 6)]
    [InlineData("03 00000008 04 0000 03", 8)]
    public void A_whole_message_has_the_length_of_its_header(string input, int expected)
    {
        Assert.True(BmpFramer.TryFrame(Bytes.Hex(input), 4096, out int length, out _));
        Assert.Equal(expected, length);
    }

    [Theory]
    [InlineData("03 00000005 04", "bmp_length_too_short", 1)]
    [InlineData("03 00000000 04", "bmp_length_too_short", 1)]
    [InlineData("03 00001001 00", "bmp_length_too_long", 1)]
    [InlineData("03 FFFFFFFF 00", "bmp_length_too_long", 1)]
    [InlineData("03 80000006 00", "bmp_length_too_long", 1)]
    [InlineData("02 00000006 00", "bmp_version_unknown", 0)]
    [InlineData("00 00000006 00", "bmp_version_unknown", 0)]
    [InlineData("47", "bmp_version_unknown", 0)]
    [InlineData("474554202F", "bmp_version_unknown", 0)]
    public void A_stream_that_cannot_be_followed_is_closed(string input, string reason, int offset)
    {
        Assert.False(BmpFramer.TryFrame(Bytes.Hex(input), 4096, out _, out var error));
        Assert.Equal((reason, offset), (error.Code.Reason(), error.Offset));
        Assert.Equal(BmpErrorAction.CloseSession, error.Code.Action());
    }

    [Fact]
    public void A_message_of_exactly_the_limit_is_taken()
    {
        byte[] message = BmpMessage.Initiation(BmpMessage.Tlv(0, new byte[4096 - 10]));
        Assert.True(BmpFramer.TryFrame(message, 4096, out int length, out _));
        Assert.Equal(4096, length);
    }
}
