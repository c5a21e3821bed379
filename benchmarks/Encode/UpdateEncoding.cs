using BenchmarkDotNet.Attributes;
using Risotto.Curate;
using Risotto.Decode;
using Risotto.Decode.Bmp;
using Risotto.Pipeline;
using Shared.Records.Batch;

namespace Benchmarks.Encode;

/// <summary>Writes the records of decoded UPDATEs into batches. An operation is one UPDATE.</summary>
[MemoryDiagnoser]
public class UpdateEncoding
{
    // The number is small enough for the cache, because a decoded instance is larger than an UPDATE.
    private const int Updates = 500, Rounds = BmpInput.Updates / Updates;

    private readonly BmpInput _input = new();
    private readonly DecodedUpdate[] _updates = [.. Enumerable.Range(0, Updates).Select(_ => new DecodedUpdate())];
    private readonly ShardWriter _shard = BmpInput.Output("updates").Shards[0];

    public UpdateEncoding()
    {
        for (int i = 0; i < Updates; i++)
            UpdateDecoder.Decode(_input.Update(i, out var view), PerPeerHeader.End, view, _updates[i], UpdatePart.Whole);
    }

    [Benchmark(OperationsPerInvoke = BmpInput.Updates)]
    public ulong Encode()
    {
        ulong sequence = 0;
        for (int i = 0; i < Updates * Rounds; i++)
        {
            PrefixCounts counts = default;
            var message = _input.Update(i % Updates, out var view);
            var appender = new UpdateAppender<Always>(_shard, message, _updates[i % Updates], _input.Templates.Find(view), new Always());
            appender.TryAppend(ref counts, ref sequence);
        }
        return sequence;
    }
}
