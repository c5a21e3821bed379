using BenchmarkDotNet.Attributes;
using Risotto.Decode;
using Risotto.Decode.Bmp;

namespace Benchmarks.Decode;

/// <summary>Reads UPDATEs with all checks of RFC 7606. An operation is one UPDATE.</summary>
[MemoryDiagnoser]
public class UpdateDecoding
{
    private readonly BmpInput _input = new();
    private readonly DecodedUpdate _update = new();

    [Benchmark(OperationsPerInvoke = BmpInput.Updates)]
    public int Decode()
    {
        int prefixes = 0;
        for (int i = 0; i < BmpInput.Updates; i++)
        {
            UpdateDecoder.Decode(_input.Update(i, out var view), PerPeerHeader.End, view, _update, UpdatePart.Whole);
            prefixes += _update.Prefixes;
        }
        return prefixes;
    }
}
