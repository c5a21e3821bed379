using System.Net;
using Risotto.Pipeline;
using Shared.Records.Wire;

namespace Risotto.Tests.Pipeline;

public sealed class RouterRegistryTests
{
    private static readonly Ipv6Address Router = Ipv6Address.From(IPAddress.Parse("192.0.2.1"));

    [Fact]
    public void The_order_of_a_router_goes_on_in_its_next_session()
    {
        var routers = new RouterRegistry(int.MaxValue, int.MaxValue);
        Assert.Equal(SessionLimit.None, routers.TryOpen(Router, out var first));
        first!.Sequence = 17;
        routers.Close(first);
        routers.TryOpen(Router, out var second);
        Assert.Same(first, second);
    }

    [Fact]
    public void A_source_that_wrote_nothing_is_forgotten()
    {
        var routers = new RouterRegistry(int.MaxValue, int.MaxValue);
        routers.TryOpen(Router, out var first);
        routers.Close(first!);
        routers.TryOpen(Router, out var second);
        Assert.NotSame(first, second);
    }

    [Fact]
    public void A_forgotten_router_returns_behind_every_number_it_used()
    {
        var routers = new RouterRegistry(int.MaxValue, int.MaxValue);
        routers.TryOpen(Router, out var first);
        first!.Sequence = 1_000_000;
        routers.Close(first);
        for (int i = 0; i < RouterRegistry.MaxAbsent; i++)
        {
            routers.TryOpen(Ipv6Address.FromV4([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]), out var other);
            other!.Sequence++;
            routers.Close(other);
        }
        routers.TryOpen(Router, out var second);
        Assert.NotSame(first, second);
        Assert.Equal(1_000_000ul, second!.Sequence);
    }
}
