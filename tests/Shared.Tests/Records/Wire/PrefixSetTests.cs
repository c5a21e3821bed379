using System.Net;
using Shared.Hosting.Flags;
using Shared.Records.Wire;

namespace Shared.Tests.Records.Wire;

public sealed class PrefixSetTests
{
    [Theory]
    [InlineData("192.0.2.0/24", "192.0.2.255", true)]
    [InlineData("192.0.2.0/24", "192.0.3.0", false)]
    [InlineData("192.0.2.8/29", "192.0.2.15", true)]
    [InlineData("192.0.2.8/29", "192.0.2.16", false)]
    [InlineData("192.0.2.7", "192.0.2.7", true)]
    [InlineData("192.0.2.7", "192.0.2.6", false)]
    [InlineData("0.0.0.0/0", "203.0.113.9", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("::/0", "192.0.2.1", false)]
    [InlineData("::ffff:192.0.2.0/120", "192.0.2.1", true)]
    [InlineData("2001:db8::/32", "2001:db8:ffff::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::1", false)]
    [InlineData("2001:db8::/61", "2001:db8:0:7::1", true)]
    [InlineData("2001:db8::/61", "2001:db8:0:8::1", false)]
    [InlineData("2001:db8::1", "2001:db8::1", true)]
    [InlineData("2001:db8::1", "2001:db8::2", false)]
    public void An_address_is_in_a_prefix_of_its_own_family(string prefix, string address, bool isIn) =>
        Assert.Equal(isIn, new PrefixSet([FlagText.Prefix(prefix)]).Contains(Ipv6Address.From(IPAddress.Parse(address))));

    [Fact]
    public void One_of_several_prefixes_is_enough_and_none_holds_nothing()
    {
        var address = Ipv6Address.From(IPAddress.Parse("198.51.100.1"));
        Assert.True(new PrefixSet([FlagText.Prefix("2001:db8::/32"), FlagText.Prefix("198.51.100.0/24")]).Contains(address));
        Assert.False(new PrefixSet([]).Contains(address));
        Assert.True(new PrefixSet([]).IsEmpty);
    }
}
