using Pesto.Frame;
using Pesto.Pipeline;
using Replay.Json;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;

namespace Suite.Tests.Fuzz;

/// <summary>Runs one datagram through pesto's pipeline with both topics and IPv4: twice, into memory of different content.</summary>
internal sealed class SFlowBench
{
    private readonly RecordCheck _check = new();
    private readonly Half _first = new(0xA5), _second = new(0x5A);

    public void Run(ReadOnlySpan<byte> input)
    {
        _first.Run(input);
        _second.Run(input);
        if (_first.Result != _second.Result)
            Assert.Fail($"{_first.Result}, then {_second.Result}");
        if (!_first.Flows.Bytes.SequenceEqual(_second.Flows.Bytes) || !_first.InterfaceCounters.Bytes
            .SequenceEqual(_second.InterfaceCounters.Bytes))
            Assert.Fail("the records depend on what was in the memory before");
        if (_check.ReadAll(_first.Flows.Bytes, FlowSchema.Flow) != _first.Flows.Records)
            Assert.Fail($"{_first.Flows.Records} flows in the batches");
        if (_check.ReadAll(_first.InterfaceCounters.Bytes, InterfaceCounterSchema.InterfaceCounters) != _first.InterfaceCounters.Records)
            Assert.Fail($"{_first.InterfaceCounters.Records} records of interface counters in the batches");
        var counters = _first.Counters;
        if (counters.FlowSamples != _first.Flows.Records + counters.FlowsSkipped)
            Assert.Fail($"{counters.FlowSamples} flow samples, {_first.Flows.Records} records, {counters.FlowsSkipped} without one");
        if (counters.Success + counters.ParseErrors != 1 || (_first.Result == DatagramResult.Malformed) != (counters.ParseErrors == 1))
            Assert.Fail($"{_first.Result}: {counters.Success} sound, {counters.ParseErrors} not");
        _first.RunAgain(input);
    }

    private sealed class Half(byte fill)
    {
        private static readonly BatchOptions Batches = new()
        {
            MaxBytes = 8192,
            MaxRecordBytes = PipelineOutputs.MaxRecordBytes,
            Shards = 1,
            BatchesPerShard = 2
        };

        private static readonly ExporterEndPoint Exporter = new(Ipv6Address.FromV4(0xC0000201), 50123);
        private static readonly CollectorIdentity Collector = new("fuzz", 1);
        private static readonly PipelineOptions Options = new() { IncludeIpv4 = true };

        private ShardedPipeline? _pipeline;
        private ShardDispatcher? _dispatcher;

        public TopicSink Flows { get; } = new("flows", Batches, fill);

        public TopicSink InterfaceCounters { get; } = new("interface counters", Batches, fill);

        public DatagramResult Result { get; private set; }

        public PipelineCounters Counters => _pipeline!.Counters;

        public void Run(ReadOnlySpan<byte> input)
        {
            Flows.Start(keeps: false);
            InterfaceCounters.Start(keeps: false);
            _pipeline = new ShardedPipeline(Collector, Options,
                new PipelineOutputs { Flows = Flows.Output, Counters = InterfaceCounters.Output });
            _dispatcher = _pipeline.CreateDispatcher();
            Result = _dispatcher.Process(input, Exporter, 1);
            _dispatcher.Release();
            Flows.Finish();
            InterfaceCounters.Finish();
        }

        // In the first run an agent and its data sources may be new. After that nothing is allocated.
        public void RunAgain(ReadOnlySpan<byte> input)
        {
            var tries = new AllocationTries(budget: 0);
            long once;
            do
                once = Allocated(input);
            while (tries.AddAndGoOn(once));
            if (tries.Exceeded is { } allocated)
                Assert.Fail($"{allocated} bytes allocated for {input.Length} bytes");
        }

        private long Allocated(ReadOnlySpan<byte> input)
        {
            Flows.Start(keeps: false);
            InterfaceCounters.Start(keeps: false);
            long before = GC.GetAllocatedBytesForCurrentThread();
            _dispatcher!.Process(input, Exporter, 1);
            _dispatcher.Release();
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before - Flows.AllocatedBytes - InterfaceCounters.AllocatedBytes;
            Flows.Finish();
            InterfaceCounters.Finish();
            return allocated;
        }
    }
}
