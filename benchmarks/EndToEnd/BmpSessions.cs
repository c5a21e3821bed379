using BenchmarkDotNet.Attributes;
using Risotto.Pipeline;

namespace Benchmarks.EndToEnd;

/// <summary>Begins and ends a session with four peers. An operation is one session. It may allocate, but not much.</summary>
[MemoryDiagnoser]
public class BmpSessions
{
    private const int Sessions = 200, Bytes = 20_000;

    private readonly BmpInput _input = new();
    private readonly PipelineOutputs _outputs = new() { Updates = BmpInput.Output("updates") };

    [Benchmark(OperationsPerInvoke = Sessions)]
    public long Open()
    {
        long consumed = 0;
        for (int i = 0; i < Sessions; i++)
        {
            var pipeline = _input.Open(_outputs);
            pipeline.Process(_input.Stream.AsSpan(0, Bytes), 1, out int taken);
            pipeline.EndOfStream(1);
            consumed += taken;
        }
        return consumed;
    }
}
