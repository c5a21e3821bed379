using BenchmarkDotNet.Attributes;
using Risotto.Pipeline;

namespace Benchmarks.EndToEnd;

/// <summary>Runs the whole pipeline over one session's stream. An operation is one message.</summary>
[MemoryDiagnoser]
public class BmpPipeline
{
    private readonly BmpInput _input = new();
    private readonly RisottoPipeline _routes;
    private readonly RisottoPipeline _allTopics;

    public BmpPipeline()
    {
        _routes = _input.Open(new PipelineOutputs { Updates = BmpInput.Output("updates") });
        _allTopics = _input.Open(new PipelineOutputs
        {
            Updates = BmpInput.Output("updates"),
            Peers = BmpInput.Output("peers"),
            Stats = BmpInput.Output("stats"),
            Malformed = BmpInput.Output("malformed"),
        });
    }

    [Benchmark(OperationsPerInvoke = BmpInput.Updates)]
    public int Routes() => Process(_routes);

    [Benchmark(OperationsPerInvoke = BmpInput.Updates)]
    public int RoutesWithAllTopics() => Process(_allTopics);

    private int Process(RisottoPipeline pipeline)
    {
        pipeline.Process(_input.Stream, 1, out int consumed);
        return consumed;
    }
}
