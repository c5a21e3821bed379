using Captures.Pcap;
using SaimirisGateway.Replies.Pipeline;
using Shared.Records.CapnProto;
using Suite.Tests.Golden;

namespace Suite.Tests.Fuzz;

/// <summary>
/// The targets, which no input may break: each is a method over a span that throws if something is wrong. Everything else that varies
/// follows from the bytes, so a failing input is enough to see the failure again.
/// </summary>
internal static class FuzzTargets
{
    private const int MaxTraversedWords = 1 << 14;

    [ThreadStatic]
    private static BmpBench? _bmp;

    [ThreadStatic]
    private static MessageReader? _reader;

    [ThreadStatic]
    private static ReplyBench? _replyPcap;

    [ThreadStatic]
    private static ReplyBench? _replyMessages;

    [ThreadStatic]
    private static SFlowBench? _sFlow;

    /// <summary>
    /// Runs framer and pipeline with all topics on: straight; cut and stopped anywhere, with the same outcome; with a clock that advances;
    /// and sometimes the first two with curation.
    /// </summary>
    public static void Bmp(ReadOnlySpan<byte> input)
    {
        var bench = _bmp ??= new BmpBench();
        var random = SeededRandom.SeededBy(input);
        bench.Run(bench.Straight, input, ref random);
        bench.Run(bench.Chopped, input, ref random);
        BmpBench.AssertSame(bench.Straight, bench.Chopped);
        if (random.OneIn(4))
            bench.Run(bench.ChoppedInTime, input, ref random);
        if (random.OneIn(4))
        {
            bench.Run(bench.Curated, input, ref random);
            bench.Run(bench.CuratedChopped, input, ref random);
            BmpBench.AssertSame(bench.Curated, bench.CuratedChopped);
        }
    }

    /// <summary>Reads capture files of any format, down to the TCP streams in them.</summary>
    public static void Pcap(ReadOnlySpan<byte> input)
    {
        const long mostOfDeflate = 1032;
        // The limit for a file has the window over the file, the decompressor, and tables. Bytes that wait in a stream are copied, and a
        // small piece costs more than its own bytes.
        const long perFile = 512 << 10, perByte = 64;
        byte[] file = input.ToArray();
        bool isZipped = input is [0x1F, 0x8B, ..];
        long most = isZipped ? input.Length * mostOfDeflate : input.Length;
        var tries = new AllocationTries(perFile + perByte * most);
        long once;
        do
        {
            long bytes = ReadStreams(file, out once);
            Assert.True(bytes <= most, $"{bytes} bytes of streams from {input.Length} of file");
        }
        while (tries.AddAndGoOn(once));
        if (tries.Exceeded is { } allocated)
            Assert.Fail($"{allocated} bytes allocated for {input.Length} bytes of file");
    }

    // Counts the bytes of all TCP streams in the file.
    private static long ReadStreams(byte[] capture, out long allocated)
    {
        long bytes = 0;
        using var file = new MemoryStream(capture);
        long before = GC.GetAllocatedBytesForCurrentThread();
        using var reader = new PcapReader(file);
        foreach (var chunk in CapturedStreams.Read(reader))
        {
            Assert.True(chunk.Gap >= 0, "a gap is negative");
            bytes += chunk.Data.Length;
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return bytes;
    }

    /// <summary>Runs a pcap as a body of replies: straight, and cut and stopped anywhere, with the same outcome.</summary>
    public static void ReplyPcap(ReadOnlySpan<byte> input) => (_replyPcap ??= new ReplyBench(ReplyFormat.Pcap)).Run(input);

    /// <summary>Does the same for a stream of messages.</summary>
    public static void ReplyMessages(ReadOnlySpan<byte> input) => (_replyMessages ??= new ReplyBench(ReplyFormat.CapnProto)).Run(input);

    /// <summary>Runs a datagram of sFlow.</summary>
    public static void SFlow(ReadOnlySpan<byte> input) => (_sFlow ??= new SFlowBench()).Run(input);

    /// <summary>Reads any bytes as Cap'n Proto messages, as each of our records.</summary>
    public static void CapnProto(ReadOnlySpan<byte> input)
    {
        var reader = _reader ??= new MessageReader(new MessageLimits { MaxTraversedWords = MaxTraversedWords });
        var tries = new AllocationTries(budget: 0);
        long once;
        do
        {
            once = GC.GetAllocatedBytesForCurrentThread();
            ReadAsEachRecord(reader, input);
            once = GC.GetAllocatedBytesForCurrentThread() - once;
        }
        while (tries.AddAndGoOn(once));
        if (tries.Exceeded is { } allocated)
            Assert.Fail($"reading messages allocated {allocated} bytes");
    }

    private static void ReadAsEachRecord(MessageReader reader, ReadOnlySpan<byte> input)
    {
        const int fieldsOfOneWord = 64;
        foreach (var schema in RecordWalk.Schemas)
        {
            var rest = input;
            int steps = 0;
            while (reader.TryRead(rest, out var record, out int length) && RecordWalk.TryWalk(schema, record, ref steps))
            {
                rest = rest[length..];
                if (steps > MaxTraversedWords * fieldsOfOneWord)
                    Assert.Fail($"one message takes {steps} steps to read");
                steps = 0;
            }
        }
    }
}
