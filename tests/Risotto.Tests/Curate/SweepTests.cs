using Risotto.Curate;
using Risotto.Pipeline;
using Risotto.Tests.Messages;
using Shared.Records.Batch;
using static Risotto.Tests.Curate.CuratedRouter;

namespace Risotto.Tests.Curate;

/// <summary>When routes that a router does not repeat are withdrawn.</summary>
public sealed class SweepTests
{
    private const int SweepAfter = 300, Hold = 300;

    private static readonly PeerHeader A = Peer("192.0.2.9"), B = Peer("192.0.2.10");

    [Fact]
    public async Task A_table_that_takes_longer_than_the_sweep_is_not_swept_while_it_comes()
    {
        await using var router = new CuratedRouter();
        string[] table = [.. Enumerable.Range(0, 20).Select(i => $"10.0.{i}.0/24")];
        var session = Restarted(router, [.. table, "10.1.0.0/24"]);
        foreach (string prefix in table)
        {
            router.Pass(SweepAfter - 1);
            router.Send(session, Announce(A, prefix));
        }
        router.Pass(SweepAfter - 1);
        Assert.Empty(router.Take());
        router.Pass(1);
        Assert.Equal(["-10.1.0.0/24"], router.Take());
        Assert.Equal(1, router.Curation.Counters.Sweeps(WithdrawCause.SweepTimer));
    }

    [Fact]
    public async Task The_silence_of_one_peer_is_not_ended_by_another()
    {
        await using var router = new CuratedRouter();
        var session = Restarted(router, ["10.0.0.0/24"]);
        router.Send(session, PeerUp(B));
        for (int i = 0; i < SweepAfter; i++)
        {
            router.Send(session, Announce(B, $"10.1.{i % 250}.0/24"));
            router.Pass(1);
        }
        Assert.Contains("-10.0.0.0/24", router.Take());
    }

    // FRR 8.4 and GoBGP 3.10 leave End-of-RIB out in places, and a full table changes every second.
    [Fact]
    public async Task A_peer_that_is_never_silent_is_swept_when_it_has_long_repeated_nothing()
    {
        await using var router = new CuratedRouter();
        var session = Restarted(router, ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]);
        Flap(2 * SweepAfter);
        router.Send(session, Announce(A, "10.0.0.0/24"));
        Flap(9 * SweepAfter);
        router.Send(session, Announce(A, "10.0.1.0/24"));
        Flap(10 * SweepAfter - 2);
        Assert.DoesNotContain("-10.0.2.0/24", router.Take());
        Flap(3);
        Assert.Single(router.Take(), "-10.0.2.0/24");

        void Flap(int seconds)
        {
            for (; seconds > 0; seconds--)
            {
                router.Send(session, Announce(A, "10.1.0.0/24"), Withdraw(A, "10.1.0.0/24"));
                router.Pass(1);
            }
        }
    }

    [Fact]
    public async Task While_the_router_has_to_wait_no_silence_is_counted()
    {
        var batches = new BatchOptions
        {
            MaxBytes = 2_000,
            MaxRecordBytes = PipelineOutputs.MaxRecordBytes,
            Shards = 1,
            BatchesPerShard = 1,
        };
        await using var router = new CuratedRouter(batches: batches);
        var session = Restarted(router, ["10.0.0.0/24"]);
        router.Send(session, PeerUp(B));
        router.Pass(SweepAfter / 2);
        router.Sink.KeepsBatches = true;
        // More new routes of another peer than a batch has room for, and only then what would end the silence.
        byte[] input = Bytes.Join(Announce(B, [.. Enumerable.Range(0, 50).Select(i => $"10.1.{i}.0/24")]), Announce(A, "10.0.0.0/24"));
        int at = 0, waits = 0;
        while (Step(session, input, ref at) == PipelineStep.NeedsSpace)
        {
            for (int i = 0; i < 10; i++)
                router.Pass(SweepAfter / 10);
            router.Sink.ReleaseOne();
            waits++;
        }
        Assert.InRange(waits, 5, 50);
        router.Sink.KeepsBatches = false;
        router.Pass(SweepAfter - 1);
        Assert.DoesNotContain("-10.0.0.0/24", router.Take());
        Assert.Equal(0, router.Curation.Counters.Sweeps(WithdrawCause.SweepTimer));
    }

    [Fact]
    public async Task Without_a_sweep_only_End_of_RIB_withdraws()
    {
        await using var router = new CuratedRouter(new CurationOptions { SweepAfter = null });
        var session = Restarted(router, ["10.0.0.0/24", "10.0.1.0/24"]);
        router.Send(session, Announce(A, "10.0.0.0/24"));
        router.Pass(10_000);
        Assert.Empty(router.Take());
        router.Send(session, EndOfRib(A));
        Assert.Equal(["-10.0.1.0/24"], router.Take());
    }

    // The hold goes on where the router is back and the peer is not.
    [Fact]
    public async Task Without_a_sweep_a_peer_that_does_not_come_back_is_withdrawn_after_the_hold()
    {
        await using var router = new CuratedRouter(new CurationOptions { SweepAfter = null });
        var session = Restarted(router, ["10.0.0.0/24"], B);
        router.Send(session, Announce(B, "10.1.0.0/24"));
        router.Pass(Hold);
        Assert.Equal(["+10.1.0.0/24", "-10.0.0.0/24"], router.Take());
    }

    [Theory]
    [InlineData(400)]
    [InlineData(-86_400)]
    [InlineData(86_400 * 365)]
    public async Task A_step_of_the_wall_clock_changes_neither_the_sweep_nor_the_hold(int seconds)
    {
        await using var router = new CuratedRouter();
        var other = router.Connect(B);
        router.Send(other, Announce(B, "10.1.0.0/24"));
        Restarted(router, ["10.0.0.0/24"]);
        End(other);
        router.Take();
        router.Pass(100);
        router.Time.Step = TimeSpan.FromSeconds(seconds);
        router.Pass(199);
        Assert.Empty(router.Take());
        router.Pass(1);
        Assert.Equal(["-10.0.0.0/24", "-10.1.0.0/24"], router.Take().Order(StringComparer.Ordinal));
    }

    // SIGSTOP, or a machine that is frozen: what the router said meanwhile has not been read.
    [Fact]
    public async Task The_time_in_which_the_process_stood_still_does_not_count()
    {
        await using var router = new CuratedRouter();
        Restarted(router, ["10.0.0.0/24"]);
        router.Time.Advance(TimeSpan.FromHours(1));
        router.Look();
        Assert.Empty(router.Take());
        router.Pass(SweepAfter - 3);
        Assert.Empty(router.Take());
        router.Pass(3);
        Assert.Equal(["-10.0.0.0/24"], router.Take());
    }

    [Fact]
    public async Task A_repeated_Peer_Up_withdraws_nothing_that_the_same_session_said()
    {
        await using var router = new CuratedRouter();
        var session = Restarted(router, ["10.0.0.0/24", "10.0.1.0/24"]);
        router.Send(session, Announce(A, "10.0.0.0/24"), PeerUp(A), Announce(A, "10.0.2.0/24"), PeerUp(A));
        Assert.Equal(["+10.0.2.0/24"], router.Take());
        // Of what the earlier session said, the rest is gone.
        router.Send(session, EndOfRib(A));
        Assert.Equal(["-10.0.1.0/24"], router.Take());
        router.Send(session, PeerUp(A), EndOfRib(A));
        router.Pass(2 * SweepAfter);
        Assert.Empty(router.Take());
    }

    [Fact]
    public async Task A_withdrawal_that_was_lost_is_made_again_even_without_a_sweep()
    {
        await using var router = new CuratedRouter(new CurationOptions { SweepAfter = null });
        var session = router.Connect(A);
        router.Send(session, Announce(A, "10.0.0.0/24", "10.0.1.0/24"));
        router.Take();
        router.Send(session, Withdraw(A, "10.0.0.0/24"));
        router.LoseOpenBatch();
        router.Pass(SweepAfter - 1);
        Assert.Empty(router.Take());
        router.Pass(1);
        Assert.Equal(["-10.0.0.0/24"], router.Take());
    }

    // A router that told of these routes of peer A, is back, and has said no more than that these peers are up.
    private static RisottoPipeline Restarted(CuratedRouter router, string[] routes, PeerHeader? peer = null)
    {
        var session = router.Connect(A);
        router.Send(session, Announce(A, routes), EndOfRib(A));
        End(session);
        router.Take();
        return router.Connect(peer ?? A);
    }

    private static PipelineStep Step(RisottoPipeline session, byte[] input, ref int at)
    {
        lock (session.Updates.Gate)
        {
            var step = session.Process(input.AsSpan(at), 1, out int consumed);
            at += consumed;
            return step;
        }
    }
}
