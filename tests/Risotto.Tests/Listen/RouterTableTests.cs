using System.Net;
using Risotto.Listen;

namespace Risotto.Tests.Listen;

public sealed class RouterTableTests
{
    private static readonly IPAddress Router = IPAddress.Parse("192.0.2.1");

    [Fact]
    public void The_order_of_a_router_goes_on_in_its_next_session()
    {
        var table = new RouterTable(new ListenOptions());
        Assert.Equal(Refusal.None, table.TryOpen(Router, out var first));
        first!.Sequence = 17;
        table.Close(first);
        table.TryOpen(Router, out var second);
        Assert.Same(first, second);
    }

    [Fact]
    public void A_source_that_wrote_nothing_is_forgotten()
    {
        var table = new RouterTable(new ListenOptions());
        table.TryOpen(Router, out var first);
        table.Close(first!);
        table.TryOpen(Router, out var second);
        Assert.NotSame(first, second);
    }

    [Fact]
    public void A_forgotten_router_returns_behind_every_number_it_used()
    {
        var table = new RouterTable(new ListenOptions());
        table.TryOpen(Router, out var first);
        first!.Sequence = 1_000_000;
        table.Close(first);
        for (int i = 0; i < RouterTable.MaxAbsent; i++)
        {
            table.TryOpen(new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]), out var other);
            other!.Sequence++;
            table.Close(other);
        }
        table.TryOpen(Router, out var second);
        Assert.NotSame(first, second);
        Assert.Equal(1_000_000ul, second!.Sequence);
    }

    [Fact]
    public void Only_sources_within_an_allowed_prefix_are_let_in()
    {
        var table = new RouterTable(new ListenOptions { Allow = [IPNetwork.Parse("192.0.2.0/24")] });
        Assert.Equal(Refusal.None, table.TryOpen(Router, out _));
        Assert.Equal(Refusal.NotAllowed, table.TryOpen(IPAddress.Parse("192.0.3.1"), out _));
        Assert.Equal(Refusal.NotAllowed, table.TryOpen(IPAddress.IPv6Loopback, out _));
    }
}
