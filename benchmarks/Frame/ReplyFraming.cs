using BenchmarkDotNet.Attributes;
using SaimirisGateway.Replies.Frame;

namespace Benchmarks.Frame;

/// <summary>Splits a pcap body into packets. An operation is one packet.</summary>
[MemoryDiagnoser]
public class ReplyFraming
{
    private readonly byte[] _packets;
    private readonly PcapFramer _framer = new();

    public ReplyFraming()
    {
        byte[] pcap = ReplyCorpus.Pcap();
        int position = 0;
        _framer.TryRead(pcap.AsSpan(0, PcapFramer.FileHeaderBytes), ref position, out _, out _, out _);
        _packets = pcap[position..];
    }

    [Benchmark(OperationsPerInvoke = ReplyCorpus.Replies)]
    public int Frame()
    {
        int position = 0, bytes = 0;
        while (_framer.TryRead(_packets, ref position, out var packet, out _, out _))
            bytes += packet.Length;
        return bytes;
    }
}
