using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Encode;
using Risotto.Frame;
using Risotto.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;

namespace Benchmarks;

/// <summary>The input of the benchmarks: a stream with its messages, and the view of each UPDATE.</summary>
internal sealed class BmpInput
{
    /// <summary>UPDATEs of the stream: a few megabytes, so that the input does not fit into the cache.</summary>
    public const int Updates = 20_000;

    private static readonly CollectorIdentity Collector = new("bench", 1);

    private readonly List<(int Start, int Length, PeerView View)> _updates = [];

    public BmpInput()
    {
        Router = new RouterState(Ipv6Address.FromV4([192, 0, 2, 1]));
        Templates = new UpdateTemplates(Router.Address, 4000, Collector);
        Stream = BmpCorpus.Make(Updates);
        var peers = new PeerTable();
        for (int start = 0; BmpFramer.TryFrame(Stream.AsSpan(start), int.MaxValue, out int length, out _); start += length)
        {
            var message = Stream.AsSpan(start, length);
            if (message[CommonHeader.TypeOffset] == (byte)MessageType.RouteMonitoring)
                _updates.Add((start, length, peers.FindOrAdd(new PerPeerHeader(message[PerPeerHeader.Offset..]))!));
        }
    }

    public byte[] Stream { get; }

    public RouterState Router { get; }

    public UpdateTemplates Templates { get; }

    /// <summary>Returns the BGP message of an UPDATE, and its view.</summary>
    public ReadOnlySpan<byte> Update(int index, out PeerView view)
    {
        (int start, int length, view) = _updates[index];
        BgpMessageHeader.TryRead(Stream.AsSpan(start, length)[PerPeerHeader.End..], PerPeerHeader.End, out var update, out _, out _);
        return update;
    }

    /// <summary>Makes a topic without a broker.</summary>
    public static TopicWriter Output(string topic) =>
        new(topic, new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 }, new CountingSink(),
            TimeProvider.System);

    public RisottoPipeline Open(PipelineOutputs outputs) =>
        new(Router, 4000, Collector, new PipelineOptions(), outputs, new SessionCounters());
}
