using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Replies.Results;
using Shared.Records;
using Shared.Records.Batch;

namespace Suite.Tests.Fuzz;

/// <summary>Runs bodies of replies, whole and in pieces, and checks both.</summary>
internal sealed class ReplyBench(ReplyFormat format)
{
    private const ushort CaracalId = 1234;

    private readonly ReplyOptions _options = new() { Format = format, CaracalId = CaracalId };
    private readonly RecordCheck _check = new();
    private readonly Half _whole = new(0xA5);
    private readonly Half _pieces = new(0x5A);
    private byte[] _pending = new byte[4096];

    public void Run(ReadOnlySpan<byte> input)
    {
        var tries = new AllocationTries(budget: 0);
        do
            RunWhole(input);
        while (tries.AddAndGoOn(_whole.Allocated));
        if (tries.Exceeded is { } allocated)
            Assert.Fail($"{allocated} bytes allocated for {input.Length} bytes");
        var random = SeededRandom.SeededBy(input);
        RunPieces(input, ref random);
        if (_whole.Error != _pieces.Error)
            Assert.Fail($"whole: {_whole.Error}; in pieces: {_pieces.Error}");
        if (_whole.Counters.Records != _pieces.Counters.Records || _whole.Counters.Accepted != _pieces.Counters.Accepted)
            Assert.Fail(
                $"whole: {_whole.Counters.Accepted} of {_whole.Counters.Records}; in pieces: {_pieces.Counters.Accepted} of "
                + $"{_pieces.Counters.Records}");
        if (!_whole.Sink.Bytes.SequenceEqual(_pieces.Sink.Bytes))
            Assert.Fail("the records differ");
        if (_check.ReadAll(_whole.Sink.Bytes, ReplySchema.Record) != _whole.Counters.Accepted
            || _whole.Sink.Records != _whole.Counters.Accepted)
            Assert.Fail($"{_whole.Counters.Accepted} accepted, {_whole.Sink.Records} in the batches");
    }

    private void RunWhole(ReadOnlySpan<byte> input)
    {
        var pipeline = _whole.Start(_options, keeps: false);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        ReplyStep step;
        int consumed;
        while ((step = pipeline.Process(input, 1, out consumed)) == ReplyStep.NeedsSpace)
            input = input[consumed..];
        if (step == ReplyStep.NeedsInput)
            pipeline.EndOfBody(input.Length - consumed);
        _whole.Allocated = GC.GetAllocatedBytesForCurrentThread() - allocated - _whole.Sink.AllocatedBytes;
        _whole.Finish(pipeline);
    }

    private void RunPieces(ReadOnlySpan<byte> input, ref SeededRandom random)
    {
        var pipeline = _pieces.Start(_options, keeps: true);
        int length = 0;
        var step = ReplyStep.NeedsInput;
        while (step != ReplyStep.Malformed && !input.IsEmpty)
        {
            int piece = Math.Min(input.Length, 1 + random.Below(random.OneIn(3) ? 16 : 700));
            if (length + piece > _pending.Length)
                Array.Resize(ref _pending, Math.Max(2 * _pending.Length, length + piece));
            input[..piece].CopyTo(_pending.AsSpan(length));
            length += piece;
            input = input[piece..];
            int consumed;
            do
            {
                step = pipeline.Process(_pending.AsSpan(0, length), 1, out consumed);
                _pending.AsSpan(consumed, length - consumed).CopyTo(_pending);
                length -= consumed;
                if (step == ReplyStep.NeedsSpace)
                    _pieces.Sink.ReleaseOne();
            }
            while (step == ReplyStep.NeedsSpace);
            if (length > ReplyPipeline.MaxRecordBytes)
                Assert.Fail($"{length} bytes wait for the rest of one record");
        }
        if (step == ReplyStep.NeedsInput)
            pipeline.EndOfBody(length);
        _pieces.Finish(pipeline);
    }

    private sealed class Half(byte fill)
    {
        // There are only two small batches, so that a body sometimes stops because none is free.
        private static readonly BatchOptions Batches = new()
        {
            MaxBytes = 8192,
            MaxRecordBytes = ReplyPipeline.MaxOutputBytes,
            Shards = 1,
            BatchesPerShard = 2,
        };

        private static readonly CollectorIdentity Gateway = new("fuzz", 1);

        public TopicSink Sink { get; } = new("replies", Batches, fill);

        public ReplyCounters Counters { get; private set; } = new();

        public string Error { get; private set; } = "";

        public long Allocated { get; set; }

        public ReplyPipeline Start(ReplyOptions options, bool keeps)
        {
            Sink.Start(keeps);
            Counters = new ReplyCounters();
            return new ReplyPipeline(new AgentState("ams-1"), Gateway, options, Sink.Output, Counters);
        }

        public void Finish(ReplyPipeline pipeline)
        {
            Sink.Finish();
            Error = pipeline.Error.ToString();
        }
    }
}
