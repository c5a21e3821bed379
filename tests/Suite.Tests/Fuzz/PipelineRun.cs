using Risotto.Curate;
using Risotto.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;

namespace Suite.Tests.Fuzz;

/// <summary>The way in which a stream is given to the pipeline.</summary>
internal enum Handing
{
    /// <summary>In one call. The sinks always have a free batch.</summary>
    Straight,

    /// <summary>
    /// In pieces. The batches are small and the sinks keep them for a while, so that the pipeline stops and continues again and again.
    /// </summary>
    Chopped,

    /// <summary>
    /// In pieces, with a clock that advances: waits end by the clock, and some sessions end while the pipeline has no space.
    /// </summary>
    ChoppedInTime,
}

/// <summary>Runs BMP streams through the real pipeline with all topics on, again and again on the same batches.</summary>
internal sealed class PipelineRun
{
    private const ulong NsPerSecond = 1_000_000_000;

    private static readonly CollectorIdentity Collector = new("fuzz", 1);

    private readonly Handing _handing;
    private readonly Curation? _curation;
    private readonly PipelineOutputs _outputs;

    /// <param name="handing">The way in which every run gets its input.</param>
    /// <param name="fill">The first content of the batches' memory. Two runs with different ones agree only if records are written
    /// whole.</param>
    /// <param name="isCurated">Repeats are suppressed, and routes that go with their peer withdrawn. Each run is a router of its
    /// own.</param>
    public PipelineRun(Handing handing, byte fill, bool isCurated = false)
    {
        _handing = handing;
        _curation = isCurated ? new Curation(new CurationOptions(), seed: 0x5EED) : null;
        bool isStraight = handing == Handing.Straight;
        var options = new BatchOptions
        {
            MaxBytes = isStraight ? 990_000 : 2_000,
            MaxRecordBytes = PipelineOutputs.MaxRecordBytes,
            Shards = 1,
            BatchesPerShard = 2,
        };
        Topics = [new("updates", options, fill), new("peers", options, fill), new("stats", options, fill), new("malformed", options, fill)];
        _outputs = new PipelineOutputs
        {
            Updates = Updates.Output,
            Peers = Peers.Output,
            Stats = Stats.Output,
            Malformed = Malformed.Output
        };
    }

    public IReadOnlyList<TopicSink> Topics { get; }

    public TopicSink Updates => Topics[0];

    public TopicSink Peers => Topics[1];

    public TopicSink Stats => Topics[2];

    public TopicSink Malformed => Topics[3];

    public SessionCounters Counters { get; private set; } = new();

    /// <summary>The number of withdrawals of the last run that were not in the stream.</summary>
    public long Synthetic { get; private set; }

    public bool IsClosed { get; private set; }

    /// <summary>True if the session ended with a message of which only a part may have found room.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>The number of bytes that the pipeline itself allocated in the last run.</summary>
    public long AllocatedBytes { get; private set; }

    public void Run(ReadOnlySpan<byte> input, ref SeededRandom random)
    {
        foreach (var topic in Topics)
            topic.Start(keeps: _handing != Handing.Straight);
        Counters = new SessionCounters();
        IsClosed = IsAbandoned = false;
        var router = new RouterState(Ipv6Address.FromV4([192, 0, 2, 1])) { Rib = _curation?.NewRouter() };
        Synthetic = -SyntheticSoFar;
        ulong now = NsPerSecond;

        long allocated = GC.GetAllocatedBytesForCurrentThread();
        var pipeline = new RisottoPipeline(router, 4000, Collector, new PipelineOptions(), _outputs, Counters,
            _curation?.OpenSession(router));
        AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
        int consumed = 0, presented = _handing == Handing.Straight ? input.Length : NextCut(0, input.Length, ref random);
        while (true)
        {
            allocated = GC.GetAllocatedBytesForCurrentThread();
            var step = pipeline.Process(input[consumed..presented], now, out int taken);
            AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - allocated;
            Assert.InRange(taken, 0, presented - consumed);
            consumed += taken;
            if (_handing == Handing.ChoppedInTime && random.OneIn(4))
                now += (ulong)random.Below(8) * NsPerSecond;
            if (step == PipelineStep.NeedsSpace)
            {
                IsAbandoned = _handing == Handing.ChoppedInTime && random.OneIn(32);
                if (IsAbandoned)
                    break;
                MakeSpace(pipeline.Blocked, ref random);
                continue;
            }
            IsClosed = step == PipelineStep.Closed;
            if (IsClosed || presented == input.Length)
                break;
            presented = NextCut(presented, input.Length, ref random);
        }
        while (true)
        {
            allocated = GC.GetAllocatedBytesForCurrentThread();
            var step = pipeline.EndOfStream(now);
            AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - allocated;
            if (step != PipelineStep.NeedsSpace)
                break;
            MakeSpace(pipeline.Blocked, ref random);
        }
        AllocatedBytes -= Topics.Sum(topic => topic.AllocatedBytes);
        foreach (var topic in Topics)
            topic.Finish();
        Synthetic += SyntheticSoFar;
        router.Rib?.Clear();
        if (!IsClosed && !IsAbandoned)
            Assert.True(BmpStream.LengthAt(input, consumed) == 0, $"a whole message at byte {consumed} was not taken");
    }

    private long SyntheticSoFar => _curation is null ? 0 : Enum.GetValues<WithdrawCause>().Sum(_curation.Counters.Withdraws);

    private static int NextCut(int presented, int length, ref SeededRandom random) => random.Below(8) switch
    {
        0 => length,
        1 => Math.Min(length, presented + 1 + random.Below(8)),
        _ => Math.Min(length, presented + 1 + random.Below(512)),
    };

    // A pipeline may ask for space only when it has none, and the new space must then be of use.
    private void MakeSpace(ShardWriter blocked, ref SeededRandom random)
    {
        var topic = Topics.Single(t => t.Output.Shards[0] == blocked);
        Assert.True(topic.Held > 0, $"{blocked.Topic} reports no free batch, but none is under way");
        if (random.OneIn(4))
            return;
        for (int batches = 1 + random.Below(topic.Held); batches > 0; batches--)
            topic.ReleaseOne();
    }
}
