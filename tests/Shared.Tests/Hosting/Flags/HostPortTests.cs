using System.Net;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;

namespace Shared.Tests.Hosting.Flags;

public sealed class HostPortTests
{
    [Theory]
    [InlineData("0.0.0.0:4000")]
    [InlineData("[::]:4000")]
    [InlineData("[2001:db8::1]:0")]
    [InlineData("collector.example:65535")]
    public void A_value_that_is_read_is_written_the_same(string text) => Assert.Equal(text, HostPort.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData(":4000")]
    [InlineData("host")]
    [InlineData("host:")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    [InlineData("::1:4000")]
    [InlineData("[1.2.3.4]:4000")]
    [InlineData("[]:4000")]
    [InlineData("a b:1")]
    public void A_text_that_is_no_address_is_quoted(string text) =>
        Assert.StartsWith(
            $"'{text}' is not host:port", Assert.Throws<FormatException>(() => HostPort.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_name_without_an_address_names_the_flag()
    {
        var cancel = TestContext.Current.CancellationToken;
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 5), await HostPort.Parse("127.0.0.1:5").ResolveAsync("--x", cancel));
        var e = await Assert.ThrowsAsync<StartupException>(() => HostPort.Parse("no-such-name.invalid:5").ResolveAsync("--x", cancel));
        Assert.StartsWith("--x: the name no-such-name.invalid has no address", e.Message, StringComparison.Ordinal);
    }
}
