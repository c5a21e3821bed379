using BenchmarkDotNet.Attributes;
using Pesto.Pipeline;

namespace Benchmarks.EndToEnd;

/// <summary>Runs the whole pipeline over datagrams. An operation is one flow.</summary>
[MemoryDiagnoser]
public class SFlowFlows
{
    private readonly SFlowDatagrams _datagrams = new(SFlowCorpus.Datagrams(), new PipelineOptions { IncludeIpv4 = true });

    [Benchmark(OperationsPerInvoke = SFlowCorpus.Flows)]
    public long Flows()
    {
        _datagrams.Pass();
        return _datagrams.Sink.Records;
    }
}
