using BenchmarkDotNet.Attributes;
using SaimirisGateway.Replies.Decode;
using SaimirisGateway.Replies.Frame;

namespace Benchmarks.Decode;

/// <summary>Decodes packets into replies, framing included. An operation is one reply.</summary>
[MemoryDiagnoser]
public class ReplyDecoding
{
    private readonly byte[] _packets;
    private readonly PcapFramer _framer = new();
    private readonly Reply _reply = new();

    public ReplyDecoding()
    {
        byte[] pcap = ReplyCorpus.Pcap();
        int position = 0;
        _framer.TryRead(pcap.AsSpan(0, PcapFramer.FileHeaderBytes), ref position, out _, out _, out _);
        _packets = pcap[position..];
    }

    [Benchmark(OperationsPerInvoke = ReplyCorpus.Replies)]
    public int Decode()
    {
        int position = 0, rejected = 0;
        while (_framer.TryRead(_packets, ref position, out var packet, out ulong timeNs, out _))
            rejected += (int)IcmpReply.Read(packet, timeNs, 1234, _reply);
        return rejected;
    }
}
