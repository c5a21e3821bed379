using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;
using Risotto.Frame;
using Risotto.Listen;
using Risotto.Pipeline;
using Risotto.Telemetry;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;

namespace Risotto.Tests.Listen;

public sealed class BmpSessionTests : IAsyncDisposable
{
    private static readonly byte[] Stream = new BmpStream().Initiation().PeerUp("192.0.2.9")
        .Announce("192.0.2.9", 1, 1).Announce("192.0.2.9", 1, 2).Announce("192.0.2.9", 1, 3).PeerDown("192.0.2.9").Bytes;

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(55));
    private readonly RecordedLog _log = new();
    private readonly MemorySink _sink = new();
    private TopicWriter? _output;

    [Fact]
    public async Task A_stream_cut_anywhere_gives_the_same_records()
    {
        byte[] whole = await RunAsync([Stream]);
        Assert.NotEmpty(whole);
        for (int cut = 1; cut < Stream.Length; cut++)
            Assert.Equal(whole, await RunAsync([Stream[..cut], Stream[cut..]]));
    }

    [Fact]
    public async Task A_stream_that_comes_byte_by_byte_gives_the_same_records() =>
        Assert.Equal(await RunAsync([Stream]), await RunAsync(Stream.Select(one => new[] { one })));

    [Theory]
    [InlineData(16)]
    [InlineData(37)]
    [InlineData(100)]
    public async Task Messages_that_straddle_segments_give_the_same_records(int segment)
    {
        byte[] whole = await RunAsync([Stream]);
        Assert.Equal(whole, await RunAsync([Stream], new PipeOptions(minimumSegmentSize: segment, pool: new SmallBlocks(segment))));
    }

    [Fact]
    public async Task A_claimed_length_beyond_the_limit_ends_the_session_with_one_line()
    {
        var pipe = new Pipe();
        using var session = NewSession(pipe);
        await pipe.Writer.WriteAsync(new BmpStream().Initiation().Raw(3, 0x7F, 0xFF, 0xFF, 0xFF, 0).Bytes,
            TestContext.Current.CancellationToken);
        Assert.Equal(SessionEnd.Malformed, await session.RunAsync(CancellationToken.None));
        string line = Assert.Single(_log.Warnings);
        Assert.Contains("192.0.2.7:4711", line, StringComparison.Ordinal);
        Assert.Contains($"bmp_length_too_long at byte {new BmpStream().Initiation().Length + 1} ", line, StringComparison.Ordinal);
        Assert.Equal(1, session.Counters[BmpErrorCode.BmpLengthTooLong]);
    }

    [Fact]
    public async Task A_trickled_message_has_its_time_from_its_first_byte_on()
    {
        var pipe = new Pipe();
        using var session = NewSession(pipe);
        var run = session.RunAsync(CancellationToken.None);
        for (int i = 0; i < 5; i++)
        {
            await pipe.Writer.WriteAsync(Stream.AsMemory(i, 1), TestContext.Current.CancellationToken);
            _time.Advance(TimeSpan.FromSeconds(11));
        }
        session.WakeIfDue(_time.GetTimestamp());
        Assert.False(run.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(6));
        await WakeUntilDoneAsync(session, run);
        Assert.Equal(SessionEnd.MessageTimeout, await run);
    }

    [Fact]
    public async Task A_silent_connection_has_the_time_of_a_message()
    {
        using var session = NewSession(new Pipe());
        var run = session.RunAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(61));
        await WakeUntilDoneAsync(session, run);
        Assert.Equal(SessionEnd.MessageTimeout, await run);
    }

    [Fact]
    public async Task Between_messages_only_the_idle_limit_holds()
    {
        foreach (
            var (idle, expected) in new[] { (TimeSpan.Zero, SessionEnd.RouterClosed), (TimeSpan.FromHours(1), SessionEnd.IdleTimeout) })
        {
            var pipe = new Pipe();
            using var session = NewSession(pipe, Collector.LoopbackOptions.Listening(listen => listen with { IdleTimeout = idle }));
            var run = session.RunAsync(CancellationToken.None);
            await pipe.Writer.WriteAsync(Stream, TestContext.Current.CancellationToken);
            await Collector.UntilAsync(() => Task.FromResult(session.Counters.Messages == 6));
            _time.Advance(TimeSpan.FromHours(2));
            session.WakeIfDue(_time.GetTimestamp());
            if (idle == TimeSpan.Zero)
                await pipe.Writer.CompleteAsync();
            // The session counts a message before it notes the time, so that the time may go by in between.
            await WakeUntilDoneAsync(session, run, step: TimeSpan.FromHours(2));
            Assert.Equal(expected, await run);
        }
    }

    [Fact]
    public async Task A_router_that_closes_within_a_message_is_told_apart()
    {
        var pipe = new Pipe();
        using var session = NewSession(pipe);
        await pipe.Writer.WriteAsync(Stream.AsMemory(0, Stream.Length - 1), TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        Assert.Equal(SessionEnd.RouterClosedInMessage, await session.RunAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_reset_connection_is_no_fault_of_ours()
    {
        var pipe = new Pipe();
        using var session = NewSession(pipe);
        var run = session.RunAsync(CancellationToken.None);
        await pipe.Writer.CompleteAsync(new ConnectionResetException("reset"));
        Assert.Equal(SessionEnd.ConnectionLost, await run);
        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public async Task Stop_ends_a_session_after_the_bytes_that_were_read()
    {
        var pipe = new Pipe();
        using var session = NewSession(pipe);
        await pipe.Writer.WriteAsync(Stream, TestContext.Current.CancellationToken);
        session.Stop();
        Assert.Equal(SessionEnd.Shutdown, await session.RunAsync(CancellationToken.None));
        Assert.Equal(6, session.Counters.Messages);
    }

    public ValueTask DisposeAsync()
    {
        _log.Dispose();
        return _sink.DisposeAsync();
    }

    private BmpSession NewSession(Pipe pipe, RisottoOptions? options = null)
    {
        options ??= Collector.LoopbackOptions;
        _output = new TopicWriter("updates", options.Batches, _sink, _time);
        var context = new CollectorContext(
            options.Listen, options.Pipeline, new CollectorIdentity("test", 1), new PipelineOutputs { Updates = _output },
            new RisottoMetrics(Prometheus.Metrics.NewCustomRegistry(), 10, _time), _log, _time)
        {
            Routers = new RouterRegistry(options.Listen.MaxSessions, options.Listen.MaxSessionsPerSource),
        };
        return new BmpSession(context, new RouterState(Ipv6Address.From(IPAddress.Parse("192.0.2.7"))), 4711, pipe.Reader);
    }

    private async Task<byte[]> RunAsync(IEnumerable<byte[]> pieces, PipeOptions? options = null)
    {
        // Inline: each piece is processed before the next one is written.
        var pipe =
            new Pipe(
                options ?? new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
                    useSynchronizationContext: false));
        using var session = NewSession(pipe);
        var run = session.RunAsync(CancellationToken.None);
        foreach (byte[] piece in pieces)
            await pipe.Writer.WriteAsync(piece);
        await pipe.Writer.CompleteAsync();
        Assert.Equal(SessionEnd.RouterClosed, await run);
        Assert.Equal(6, session.Counters.Messages);
        _output!.CloseDue(always: true);
        return [.. _sink.Take().SelectMany(batch => batch.Value.ToArray())];
    }

    private async Task WakeUntilDoneAsync(BmpSession session, Task run, TimeSpan step = default) => await Collector.UntilAsync(() =>
    {
        _time.Advance(step);
        session.WakeIfDue(_time.GetTimestamp());
        return Task.FromResult(run.IsCompleted);
    });

    private sealed class SmallBlocks(int size) : System.Buffers.MemoryPool<byte>
    {
        public override int MaxBufferSize => size;

        public override System.Buffers.IMemoryOwner<byte> Rent(int minBufferSize = -1) => new Block(size);

        protected override void Dispose(bool disposing)
        {
        }

        private sealed class Block(int size) : System.Buffers.IMemoryOwner<byte>
        {
            public Memory<byte> Memory { get; } = new byte[size];

            public void Dispose()
            {
            }
        }
    }
}
