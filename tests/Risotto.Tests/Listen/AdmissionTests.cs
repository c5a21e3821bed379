using System.Net;
using Risotto.Listen;
using Risotto.Pipeline;

namespace Risotto.Tests.Listen;

public sealed class AdmissionTests
{
    private static readonly IPAddress Router = IPAddress.Parse("192.0.2.1");

    [Fact]
    public void Only_sources_within_an_allowed_prefix_are_let_in()
    {
        var admission = new Admission([IPNetwork.Parse("192.0.2.0/24")], new RouterRegistry(10, 10));
        Assert.Equal(Refusal.None, admission.TryOpen(Router, out _));
        Assert.Equal(Refusal.NotAllowed, admission.TryOpen(IPAddress.Parse("192.0.3.1"), out _));
        Assert.Equal(Refusal.NotAllowed, admission.TryOpen(IPAddress.IPv6Loopback, out _));
        Assert.Equal(Refusal.None, admission.TryOpen(IPAddress.IPv6Loopback, out _, isAllowed: true));
    }

    [Fact]
    public void A_session_beyond_a_limit_is_refused_until_another_is_closed()
    {
        var routers = new RouterRegistry(maxSessions: 2, maxSessionsPerSource: 1);
        var admission = new Admission([], routers);
        Assert.Equal(Refusal.None, admission.TryOpen(Router, out var first));
        Assert.Equal(Refusal.MaxSessionsPerSource, admission.TryOpen(Router, out _));
        Assert.Equal(Refusal.None, admission.TryOpen(IPAddress.Parse("192.0.2.2"), out _));
        Assert.Equal(Refusal.MaxSessions, admission.TryOpen(IPAddress.Parse("192.0.2.3"), out _));
        routers.Close(first!);
        Assert.Equal(Refusal.None, admission.TryOpen(IPAddress.Parse("192.0.2.3"), out _));
    }
}
