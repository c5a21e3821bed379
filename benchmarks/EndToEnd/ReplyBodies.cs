using BenchmarkDotNet.Attributes;
using SaimirisGateway.Replies.Pipeline;

namespace Benchmarks.EndToEnd;

/// <summary>Runs the whole pipeline over bodies of both kinds. An operation is one reply.</summary>
[MemoryDiagnoser]
public class ReplyBodies
{
    private readonly ReplyBody _pcap = new(ReplyCorpus.Pcap(), ReplyFormat.Pcap);
    private readonly ReplyBody _messages = new(ReplyCorpus.Messages(), ReplyFormat.CapnProto);

    [Benchmark(OperationsPerInvoke = ReplyCorpus.Replies)]
    public long Pcap()
    {
        _pcap.Pass();
        return _pcap.Counters.Accepted;
    }

    [Benchmark(OperationsPerInvoke = ReplyCorpus.Replies)]
    public long CapnProto()
    {
        _messages.Pass();
        return _messages.Counters.Accepted;
    }
}
