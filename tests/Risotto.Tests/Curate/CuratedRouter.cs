using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Risotto.Curate;
using Risotto.Pipeline;
using Risotto.State;
using Risotto.Tests.Messages;
using Risotto.Tests.Records;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;
using static Risotto.Tests.Messages.Bytes;

namespace Risotto.Tests.Curate;

/// <summary>A clock whose wall time can be set, which its monotonic time does not notice.</summary>
internal sealed class SteppedClock() : FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(55))
{
    public TimeSpan Step { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Step;

    public override long GetTimestamp() => base.GetUtcNow().Ticks;
}

/// <summary>
/// One router with any number of sessions at a collector whose clock a test moves. Once a second of that clock the collector looks for what
/// is to be withdrawn, as the service does.
/// </summary>
internal sealed class CuratedRouter : IAsyncDisposable
{
    private static readonly CollectorIdentity Collector = new("test", 1);

    private readonly RouterState _router;
    private readonly TopicWriter _updates;
    private readonly StaleRoutes _stale;
    private readonly Withdrawals _withdrawals;

    public CuratedRouter(CurationOptions? options = null, BatchOptions? batches = null)
    {
        // Without a part by chance.
        options ??= new CurationOptions();
        Curation = new Curation(options with { SweepJitter = default }, seed: 7, Time);
        batches ??= new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 };
        _updates = new TopicWriter("updates", batches, Sink, Time, Accounts);
        var routers = new RouterRegistry(int.MaxValue, int.MaxValue, Curation);
        _router = routers.FindOrAdd(Ipv6Address.From(System.Net.IPAddress.Parse("192.0.2.1")));
        _stale = new StaleRoutes(Curation, routers, _updates, Collector, NullLogger.Instance, Time);
        _withdrawals = new Withdrawals(_router, _updates.Shards[0], Collector, Curation.Counters);
        Lost = new LostRoutes(Curation, routers, Accounts, "updates", shards: 1);
    }

    public SteppedClock Time { get; } = new();

    public Curation Curation { get; }

    public RecordAccounts Accounts { get; } = new();

    public RecordSink Sink { get; } = new();

    public LostRoutes Lost { get; }

    public SessionCounters LastCounters { get; private set; } = new();

    /// <summary>A session that sends an Initiation and the Peer Ups of these peers.</summary>
    public RisottoPipeline Connect(params PeerHeader[] peers)
    {
        LastCounters = new SessionCounters();
        var session = new RisottoPipeline(_router, 4000, Collector, new PipelineOptions(), new PipelineOutputs { Updates = _updates },
            LastCounters, Curation.OpenSession(_router));
        Send(session, BmpMessage.Initiation(BmpMessage.Tlv(2, "r1"u8.ToArray())));
        foreach (var peer in peers)
            Send(session, PeerUp(peer));
        return session;
    }

    public static PeerHeader Peer(string address, byte view = 0) => new()
    {
        Address = address,
        Flags = (byte)(view | (address.Contains(':', StringComparison.Ordinal) ? PeerHeader.V : 0)),
    };

    public static byte[] PeerUp(PeerHeader peer) => BmpMessage.PeerUp(
        peer, BgpMessage.Open(65000, capabilities: [BgpMessage.FourOctetAs(65000)]),
        BgpMessage.Open(peer.As, capabilities: [BgpMessage.FourOctetAs(peer.As)]));

    public static byte[] Announce(PeerHeader peer, params string[] prefixes) => BmpMessage.RouteMonitoring(
        peer, BgpMessage.Update(PathAttribute.Mandatory, Nlri.Prefixes(prefixes)));

    public static byte[] Withdraw(PeerHeader peer, params string[] prefixes) =>
        BmpMessage.RouteMonitoring(peer, BgpMessage.Update([], withdrawn: Nlri.Prefixes(prefixes)));

    /// <summary>End-of-RIB of IPv4 unicast, RFC 4724 2.</summary>
    public static byte[] EndOfRib(PeerHeader peer) => BmpMessage.RouteMonitoring(peer, BgpMessage.Update([]));

    /// <summary>A Termination with a reason, RFC 7854 4.5.</summary>
    public static byte[] Termination(ushort reason) => BmpMessage.Termination(BmpMessage.Tlv(1, UInt16(reason)));

    /// <summary>Hands messages over, all of which are taken.</summary>
    public void Send(RisottoPipeline session, params byte[][] messages) =>
        Assert.Equal(PipelineStep.NeedsInput, Process(session, messages));

    public PipelineStep Process(RisottoPipeline session, params byte[][] messages)
    {
        ReadOnlySpan<byte> input = Join(messages);
        lock (session.Updates.Gate)
        {
            while (true)
            {
                var step = session.Process(input, UnixTime.NowNs(Time), out int consumed);
                if (step != PipelineStep.NeedsSpace || Sink.KeepsBatches)
                    return step;
                input = input[consumed..];
            }
        }
    }

    /// <summary>The connection is gone.</summary>
    public static void End(RisottoPipeline session)
    {
        lock (session.Updates.Gate)
        {
            Assert.Equal(PipelineStep.NeedsInput, session.EndOfStream(0));
            session.GiveUp();
        }
    }

    /// <summary>Time passes, second by second.</summary>
    public void Pass(int seconds)
    {
        for (; seconds > 0; seconds--)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            Look();
        }
    }

    /// <summary>The collector looks for what is to be withdrawn.</summary>
    public void Look()
    {
        lock (_updates.Shards[0].Gate)
        {
            while (!_stale.TryEndDue(_router.Rib!, _withdrawals) && !Sink.KeepsBatches)
            {
            }
        }
    }

    /// <summary>The records since the last <see cref="Take"/> do not reach the topic.</summary>
    public void LoseOpenBatch()
    {
        Sink.Refuses = true;
        _updates.CloseDue(always: true);
        Sink.Refuses = false;
    }

    /// <summary>The records since the last call: <see cref="UpdateRecord.Route"/>.</summary>
    public string[] Take()
    {
        _updates.CloseDue(always: true);
        return [.. Sink.Take(record => new UpdateRecord(record)).Select(record => record.Route)];
    }

    public ValueTask DisposeAsync() => _stale.DisposeAsync();
}
