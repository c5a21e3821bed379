using BenchmarkDotNet.Attributes;
using Risotto.Frame;
using Risotto.Pipeline;

namespace Benchmarks.EndToEnd;

/// <summary>
/// Messages that carry no route: Peer Ups, Statistics Reports, Peer Downs and malformed messages of known peers. An operation is one
/// message.
/// </summary>
[MemoryDiagnoser]
public class BmpEvents
{
    private const int Messages = 20_000;
    private const byte StatisticsReport = 1, PeerDown = 2, PeerUp = 3;

    private readonly RisottoPipeline _pipeline;
    private readonly byte[] _stream;

    public BmpEvents()
    {
        var input = new BmpInput();
        _pipeline = input.Open(new PipelineOutputs
        {
            Updates = BmpInput.Output("updates"),
            Peers = BmpInput.Output("peers"),
            Stats = BmpInput.Output("stats"),
            Malformed = BmpInput.Output("malformed"),
        });
        var stream = input.Stream.AsSpan();
        BmpFramer.TryFrame(stream, int.MaxValue, out int initiation, out _);
        BmpFramer.TryFrame(stream[initiation..], int.MaxValue, out int length, out _);
        byte[] peerUp = stream.Slice(initiation, length).ToArray(), header = peerUp[6..48];
        byte[] statistics = [3, 0, 0, 0, 6 + 42 + 4 + 8, StatisticsReport, .. header, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 12];
        byte[] peerDown = [3, 0, 0, 0, 6 + 42 + 1, PeerDown, .. header, 4];
        byte[] malformed = [3, 0, 0, 0, 6 + 42 + 2, PeerUp, .. header, 0, 0];
        byte[] four = [.. peerUp, .. statistics, .. peerDown, .. malformed];
        _stream = [.. Enumerable.Repeat(four, Messages / 4).SelectMany(bytes => bytes)];
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public int Events()
    {
        _pipeline.Process(_stream, 1, out int consumed);
        return consumed;
    }
}
