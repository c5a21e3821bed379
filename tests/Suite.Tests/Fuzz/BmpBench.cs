using Replay.Json;
using Risotto.Frame;

namespace Suite.Tests.Fuzz;

/// <summary>The pipeline runs of one thread, with the checks that each of them must pass.</summary>
internal sealed class BmpBench
{
    // The limit has a session, and the cost of one message: a peer, its view, their table entries. Bytes that wait are copied, once each.
    private const int BytesPerSession = 8 << 10, BytesPerMessage = 3 << 10;

    private readonly RecordCheck _check = new();

    public BmpBench()
    {
        // The process makes some tables once, which are no cost of a session. Errors of every kind of message make them all.
        var random = new SeededRandom(0);
        foreach (var stream in BmpCorpus.Captured.Streams)
            Straight.Run([.. stream.Bytes, 0], ref random);
    }

    public PipelineRun Straight { get; } = new(Handing.Straight, 0xA5);

    public PipelineRun Chopped { get; } = new(Handing.Chopped, 0x5A);

    public PipelineRun ChoppedInTime { get; } = new(Handing.ChoppedInTime, 0xFF);

    public PipelineRun Curated { get; } = new(Handing.Straight, 0xA5, isCurated: true);

    public PipelineRun CuratedChopped { get; } = new(Handing.Chopped, 0x5A, isCurated: true);

    public void Run(PipelineRun run, ReadOnlySpan<byte> input, ref SeededRandom random)
    {
        var start = random;
        run.Run(input, ref random);
        var tries = new AllocationTries(Budget(run, input));
        while (tries.AddAndGoOn(run.AllocatedBytes))
        {
            random = start;
            run.Run(input, ref random);
        }
        var counters = run.Counters;
        // When a session is abandoned, the rest of one message, or the record of its fault, may be missing.
        if (!run.IsAbandoned)
        {
            Equal(counters.RoutesReceived, counters.RecordsEmitted + counters.Suppressed + counters.Superseded + counters.Refused,
                "routes received, records emitted or not");
            Equal(ErrorsOf(run), run.Malformed.Records, "errors counted, dead letters");
        }
        Equal(counters.RecordsEmitted + run.Synthetic, _check.ReadUpdates(run.Updates.Bytes), "records emitted, records on the topic");
        Equal(run.Updates.Records, counters.RecordsEmitted + run.Synthetic, "records of the batches, records emitted");
        Equal(run.Peers.Records, _check.ReadAll(run.Peers.Bytes, PeerEventSchema.PeerEvent), "records of the peers topic");
        Equal(run.Stats.Records, _check.ReadAll(run.Stats.Bytes, PeerStatisticSchema.PeerStatistic), "records of the stats topic");
        Equal(run.Malformed.Records, _check.ReadAll(run.Malformed.Bytes, MalformedMessageSchema.MalformedMessage),
            "records of the malformed topic");
        if (tries.Exceeded is { } allocated)
            Assert.Fail(
                $"{allocated} bytes allocated for {counters.Messages} messages of {input.Length} bytes: the budget is "
                + $"{Budget(run, input)}");
    }

    /// <summary>
    /// Fails if two runs produced different output. Where the bytes were cut and where the pipeline had to stop must not matter.
    /// </summary>
    public static void AssertSame(PipelineRun one, PipelineRun other)
    {
        Equal(one.IsClosed ? 1 : 0, other.IsClosed ? 1 : 0, "closed");
        Equal(one.Counters.Messages, other.Counters.Messages, "messages");
        for (int topic = 0; topic < one.Topics.Count; topic++)
        {
            var first = one.Topics[topic].Bytes;
            var second = other.Topics[topic].Bytes;
            if (one.IsClosed && one.Topics[topic] == one.Malformed)
            {
                // This record of a malformed stream holds as much of the stream as was there.
                var (firstLetter, secondLetter) = (RecordCheck.LetterOfClosing(first), RecordCheck.LetterOfClosing(second));
                AssertEqual(one.Topics[topic], first[..firstLetter.Start], second[..secondLetter.Start]);
                first = first[firstLetter.End..];
                second = second[secondLetter.End..];
            }
            AssertEqual(one.Topics[topic], first, second);
        }
    }

    private static void AssertEqual(TopicSink topic, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        if (!first.SequenceEqual(second))
            Assert.Fail(
                $"{topic.Output.Topic}: {first.Length} and {second.Length} bytes, different from byte "
                + $"{first.CommonPrefixLength(second)}");
    }

    private static long Budget(PipelineRun run, ReadOnlySpan<byte> input) =>
        BytesPerSession + BytesPerMessage * run.Counters.Messages + 2L * input.Length;

    private static long ErrorsOf(PipelineRun run)
    {
        long errors = 0;
        foreach (var code in Enum.GetValues<BmpErrorCode>())
            errors += run.Counters[code];
        return errors;
    }

    private static void Equal(long expected, long actual, string what)
    {
        if (expected != actual)
            Assert.Fail($"{what}: {expected} and {actual}");
    }
}
