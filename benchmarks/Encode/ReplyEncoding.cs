using BenchmarkDotNet.Attributes;
using SaimirisGateway.Replies.Decode;
using SaimirisGateway.Replies.Encode;
using Shared.Records;

namespace Benchmarks.Encode;

/// <summary>Encodes one reply into messages. An operation is one message.</summary>
[MemoryDiagnoser]
public class ReplyEncoding
{
    private const int Messages = 4000;

    private readonly ReplyEncoder _encoder = new("probe-ams-01"u8, new CollectorIdentity("bench", 1));
    private readonly Reply _reply = new();
    private readonly byte[] _space;

    public ReplyEncoding() => _space = new byte[Messages * _encoder.MaxSize];

    [Benchmark(OperationsPerInvoke = Messages)]
    public int Encode()
    {
        int length = 0;
        for (int i = 0; i < Messages; i++)
            length += _encoder.Write(_space.AsSpan(length), _reply, 1, (ulong)i);
        return length;
    }
}
