using System.Net;
using SaimirisGateway.Probes.Submit;

namespace SaimirisGateway.Tests.Probes.Submit;

/// <summary>Tests the tables of the contract's sections 7 and 12.</summary>
public sealed class UserPrefixTests
{
    [Theory]
    [InlineData("2a0e:97c0:8a4::/48", 0xC95B3F80, "2a0e:97c0:8a4:c95b:3f80::/80")]
    [InlineData("2001:db8::/32", 0xC95B3F80, "2001:db8:c95b:3f80::/64")]
    [InlineData("2001:db8::/56", 0xC95B3F80, "2001:db8:0:c9:5b3f:8000::/88")]
    [InlineData("2001:db8::/64", 0xC95B3F80, "2001:db8::c95b:3f80:0:0/96")]
    [InlineData("2001:db8::/96", 0xC95B3F80, "2001:db8::c95b:3f80/128")]
    [InlineData("2001:db8::/48", 0x12345678, "2001:db8:0:1234:5678::/80")]
    [InlineData("2001:db8::/48", 1, "2001:db8:0:0:1::/80")]
    [InlineData("2001:db8::/48", 0xFFFFFFFF, "2001:db8:0:ffff:ffff::/80")]
    [InlineData("2001:db8:0:ffff::1/48", 0x12345678, "2001:db8:0:1234:5678::/80")]
    public void The_users_number_follows_the_agents_bits(string agent, uint user, string expected)
    {
        Assert.True(UserPrefix.TryMake(agent, user, out var prefix));
        Assert.Equal(IPNetwork.Parse(expected), IPNetwork.Parse(prefix.ToString()));
    }

    [Fact]
    public void The_text_is_that_of_the_contract()
    {
        Assert.True(UserPrefix.TryMake("2a0e:97c0:8a4::/48", 3378200448, out var prefix));
        Assert.Equal("2a0e:97c0:8a4:c95b:3f80::/80", prefix.ToString());
    }

    [Theory]
    [InlineData("2001:db8::/97")]
    [InlineData("2001:db8::/128")]
    [InlineData("2001:db8::")]
    [InlineData("2001:db8::/")]
    [InlineData("2001:db8::/x")]
    [InlineData("2001:db8::/-1")]
    [InlineData("2001:db8::/48/48")]
    [InlineData("192.0.2.0/24")]
    [InlineData("garbage")]
    [InlineData("")]
    [InlineData(null)]
    public void Other_prefixes_have_no_place_for_a_user(string? agent) => Assert.False(UserPrefix.TryMake(agent, 1000, out _));

    [Theory]
    [InlineData("2001:db8:0:0:3e8::", true)]
    [InlineData("2001:db8:0:0:3e8:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:0:0:3e7:ffff:ffff:ffff", false)]
    [InlineData("2001:db8:0:0:3e9::", false)]
    [InlineData("2001:db9:0:0:3e8::", false)]
    [InlineData("192.0.2.1", false)]
    public void Only_the_users_own_addresses_are_in_it(string address, bool isIn)
    {
        Assert.True(UserPrefix.TryMake("2001:db8::/48", 1000, out var prefix));
        Assert.Equal(isIn, prefix.Contains(IPAddress.Parse(address)));
    }
}
