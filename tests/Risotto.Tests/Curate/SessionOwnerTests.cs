using Risotto.Curate;
using Risotto.Pipeline;
using Risotto.Tests.Messages;
using static Risotto.Tests.Curate.CuratedRouter;

namespace Risotto.Tests.Curate;

/// <summary>Which session of a router is right about a view, and what happens to its routes when a session ends.</summary>
public sealed class SessionOwnerTests : IAsyncDisposable
{
    private const int Hold = 300;

    private static readonly PeerHeader A = Peer("192.0.2.9"), B = Peer("192.0.2.10"), PostPolicyOfA = Peer("192.0.2.9", PeerHeader.L);

    private readonly CuratedRouter _router = new();

    public ValueTask DisposeAsync() => _router.DisposeAsync();

    [Fact]
    public void When_the_newer_of_two_sessions_ends_the_older_one_tells_everything_again_and_no_route_is_withdrawn()
    {
        var first = _router.Connect(A);
        _router.Send(first, Announce(A, "10.0.0.0/24", "10.0.1.0/24"), EndOfRib(A));
        var second = _router.Connect(A);
        _router.Send(second, Announce(A, "10.0.0.0/24", "10.0.1.0/24"), EndOfRib(A));
        // The router tells both, and the word of the newer one counts.
        _router.Send(first, Announce(A, "10.0.2.0/24"));
        _router.Send(second, Announce(A, "10.0.2.0/24"));
        Assert.Equal(["+10.0.0.0/24", "+10.0.1.0/24", "+10.0.2.0/24"], _router.Take());
        Assert.False(first.MustClose);

        End(second);

        Assert.True(first.MustClose);
        Assert.Equal((PipelineStep.Closed, PipelineEnd.Superseded), (_router.Process(first, Withdraw(A, "10.0.0.0/24")), first.End));
        End(first);
        _router.Pass(Hold - 1);
        var third = _router.Connect(A);
        _router.Send(third, Announce(A, "10.0.1.0/24", "10.0.2.0/24"));
        Assert.Empty(_router.Take());
        _router.Send(third, EndOfRib(A));
        Assert.Equal(["-10.0.0.0/24"], _router.Take());
        _router.Pass(2 * Hold);
        Assert.Empty(_router.Take());
    }

    [Fact]
    public void A_session_that_was_closed_for_it_and_does_not_come_back_loses_its_routes_after_the_hold()
    {
        var first = _router.Connect(A);
        _router.Send(first, Announce(A, "10.0.0.0/24"));
        var second = _router.Connect(A);
        _router.Send(second, Announce(A, "10.0.0.0/24"));
        End(second);
        End(first);
        _router.Pass(Hold - 1);
        Assert.Equal(["+10.0.0.0/24"], _router.Take());
        _router.Pass(1);
        Assert.Equal(["-10.0.0.0/24"], _router.Take());
        Assert.Equal(1, _router.Curation.Counters.Withdraws(WithdrawCause.SessionLost));
    }

    [Fact]
    public void Two_sessions_that_tell_of_different_peers_do_not_disturb_each_other()
    {
        var first = _router.Connect(A);
        _router.Send(first, Announce(A, "10.0.0.0/24"), EndOfRib(A));
        var second = _router.Connect(B);
        _router.Send(second, Announce(B, "10.1.0.0/24"), EndOfRib(B));
        _router.Pass(2 * Hold);
        End(second);
        Assert.False(first.MustClose);
        _router.Send(first, Announce(A, "10.0.1.0/24"));
        _router.Pass(Hold);
        Assert.Equal(["+10.0.0.0/24", "+10.1.0.0/24", "+10.0.1.0/24", "-10.1.0.0/24"], _router.Take());
        // And it may tell of the other's peer from now on.
        _router.Send(first, PeerUp(B), Announce(B, "10.1.0.0/24"));
        _router.Pass(2 * Hold);
        Assert.Equal(["+10.1.0.0/24"], _router.Take());
    }

    // A second station that wants the tables before the policy only.
    [Fact]
    public void A_newer_sessions_Peer_Up_takes_no_view_over_that_it_does_not_tell_of()
    {
        var first = _router.Connect(A);
        _router.Send(first, Announce(A, "10.0.0.0/24"), Announce(PostPolicyOfA, "10.0.0.0/24"), EndOfRib(PostPolicyOfA));
        var second = _router.Connect(A);
        _router.Send(second, Announce(A, "10.0.0.0/24"), EndOfRib(A));
        _router.Take();
        _router.Send(first, Announce(PostPolicyOfA, "10.0.1.0/24"));
        _router.Pass(2 * Hold);
        Assert.Equal(["+10.0.1.0/24"], _router.Take());
    }

    [Fact]
    public void An_older_session_that_speaks_while_the_newer_one_is_silent_for_long_takes_its_views_back()
    {
        var first = _router.Connect(A, B);
        _router.Send(first, Announce(A, "10.0.0.0/24"), EndOfRib(A), Announce(B, "10.1.0.0/24"));
        var second = _router.Connect(A);
        _router.Send(second, Announce(A, "10.0.0.0/24"), EndOfRib(A));
        _router.Pass(10 * Hold);
        Assert.False(first.MustClose, "a quiet peer: neither has said anything");
        _router.Send(first, Announce(A, "10.0.1.0/24"));
        _router.Pass(Hold - 1);
        Assert.False(first.MustClose);
        _router.Pass(1);
        Assert.True(first.MustClose);
        Assert.False(second.MustClose);
        End(first);
        var third = _router.Connect(A, B);
        _router.Send(third, Announce(A, "10.0.0.0/24", "10.0.1.0/24"), EndOfRib(A), Announce(B, "10.1.0.0/24"));
        _router.Pass(10 * Hold);
        Assert.Equal(["+10.0.0.0/24", "+10.1.0.0/24", "+10.0.1.0/24"], _router.Take());
        Assert.False(third.MustClose);
    }

    [Fact]
    public void Two_sessions_that_say_the_same_one_after_the_other_both_stay()
    {
        var first = _router.Connect(A);
        var second = _router.Connect(A);
        for (int i = 0; i < 20; i++)
        {
            _router.Send(first, Announce(A, $"10.0.{i}.0/24"));
            _router.Pass(Hold - 1);
            _router.Send(second, Announce(A, $"10.0.{i}.0/24"));
            _router.Pass(Hold / 2);
        }
        Assert.False(first.MustClose || second.MustClose);
        Assert.Equal(20, _router.Take().Length);
    }

    [Fact]
    public void What_a_half_open_session_still_holds_changes_nothing()
    {
        var first = _router.Connect(A);
        _router.Send(first, Announce(A, "10.0.0.0/24"));
        var counters = _router.LastCounters;
        var second = _router.Connect(A);
        _router.Send(second, Announce(A, "10.0.0.0/24"));
        _router.Take();
        _router.Send(first, Withdraw(A, "10.0.0.0/24"), Announce(A, "10.0.9.0/24"), BmpMessage.PeerDown(A, 1), EndOfRib(A));
        End(first);
        _router.Pass(2 * Hold);
        Assert.Empty(_router.Take());
        Assert.Equal(2, counters.Superseded);
    }

    [Fact]
    public void A_view_that_a_newer_session_found_and_does_not_tell_of_is_told_by_an_older_one()
    {
        var lost = _router.Connect(A);
        _router.Send(lost, Announce(A, "10.0.0.0/24"));
        var older = _router.Connect(B);
        End(lost);
        var newer = _router.Connect(B);
        _router.Send(newer, Announce(B, "10.1.0.0/24"));
        _router.Send(older, PeerUp(A), Announce(A, "10.0.0.0/24", "10.0.1.0/24"));
        _router.Pass(2 * Hold);
        Assert.Equal(["+10.0.0.0/24", "+10.1.0.0/24", "+10.0.1.0/24"], _router.Take());
        End(newer);
        Assert.False(older.MustClose);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void After_a_Termination_the_routes_are_held_as_those_of_a_lost_session(ushort reason)
    {
        var session = _router.Connect(A);
        Assert.Equal(PipelineStep.Closed, _router.Process(session, Announce(A, "10.0.0.0/24", "10.0.1.0/24"), Termination(reason)));
        End(session);
        _router.Pass(Hold - 1);
        session = _router.Connect(A);
        _router.Send(session, Announce(A, "10.0.0.0/24"), EndOfRib(A));
        Assert.Equal(["+10.0.0.0/24", "+10.0.1.0/24", "-10.0.1.0/24"], _router.Take());
        Assert.Equal(PipelineStep.Closed, _router.Process(session, Termination(reason)));
        End(session);
        _router.Pass(Hold);
        Assert.Equal(["-10.0.0.0/24"], _router.Take());
        Assert.Equal(0, _router.Curation.Counters.Withdraws(WithdrawCause.Termination));
    }

    [Fact]
    public void A_router_that_closes_for_good_loses_at_once_what_no_other_session_has_told()
    {
        var other = _router.Connect(A);
        _router.Send(other, Announce(A, "10.0.0.0/24"));
        var session = _router.Connect(A, B);
        Assert.Equal(PipelineStep.Closed, _router.Process(
            session, Announce(A, "10.0.0.0/24"), Announce(B, "10.1.0.0/24"), Termination(4)));
        Assert.Equal(["+10.0.0.0/24", "+10.1.0.0/24", "-10.1.0.0/24"], _router.Take());
        Assert.Equal(1, _router.Curation.Counters.Withdraws(WithdrawCause.Termination));
        End(session);
        Assert.True(other.MustClose);
    }
}
