using BenchmarkDotNet.Attributes;
using Risotto.Frame;

namespace Benchmarks.Frame;

/// <summary>Splits the stream into messages. An operation is one message.</summary>
[MemoryDiagnoser]
public class BmpFraming
{
    private readonly BmpInput _input = new();

    [Benchmark(OperationsPerInvoke = BmpInput.Updates)]
    public int Frame()
    {
        var stream = _input.Stream.AsSpan();
        int messages = 0;
        for (; BmpFramer.TryFrame(stream, int.MaxValue, out int length, out _); messages++)
            stream = stream[length..];
        return messages;
    }
}
