using Captures.Pcap;
using Shared.Records.Wire;

namespace Captures.Reassembly;

/// <summary>
/// Reassembles the TCP streams of captured packets. It handles reordering, retransmission and overlap (the first bytes count), a missing
/// SYN, data on a SYN, gaps, RST and FIN, sequence numbers that wrap, and a port pair that is used again. Each direction is a stream of its
/// own.
/// </summary>
/// <remarks>RFC 9293. <see cref="MaxStreams"/> and a limit for waiting bytes bound the memory.</remarks>
public sealed class TcpStreams
{
    /// <summary>Streams of one capture. Packets of further streams are counted and skipped.</summary>
    public const int MaxStreams = 100_000;

    private const int MaxWaitingBytesPerStream = 4 << 20;
    private const int MaxWaitingBytes = 64 << 20;

    private readonly Dictionary<FlowKey, TcpReassembly> _streams = [];
    private readonly List<TcpChunk> _chunks = [];
    private readonly int _maxWaitingBytesPerStream;
    private long _waitingBytes;
    private int _index;

    private readonly record struct FlowKey(Ipv6Address Source, ushort SourcePort, Ipv6Address Destination, ushort DestinationPort)
    {
        public FlowKey Reverse => new(Destination, DestinationPort, Source, SourcePort);
    }

    /// <param name="maxWaitingBytesPerStream">Bytes that may wait for missing ones before the missing ones count as a gap.</param>
    public TcpStreams(int maxWaitingBytesPerStream = MaxWaitingBytesPerStream) => _maxWaitingBytesPerStream = maxWaitingBytesPerStream;

    /// <summary>Segments with a cut header, and segments of streams beyond <see cref="MaxStreams"/>.</summary>
    public long SegmentsSkipped { get; private set; }

    /// <summary>Takes a TCP packet and returns the bytes that it completes, in order. The list is valid until the next call.</summary>
    public IReadOnlyList<TcpChunk> Add(in IpPacket packet)
    {
        _chunks.Clear();
        if (!TcpSegment.TryRead(packet, out var segment))
        {
            SegmentsSkipped++;
            return _chunks;
        }
        var flow = new FlowKey(packet.Source, segment.SourcePort, packet.Destination, segment.DestinationPort);
        if (StreamOf(flow, segment) is not { } stream)
            return _chunks;
        long waiting = stream.WaitingBytes;
        stream.Add(segment, packet.TimeNs, _chunks);
        if (segment.Rst && _streams.TryGetValue(flow.Reverse, out var reverse))
            Finish(reverse);
        _waitingBytes += stream.WaitingBytes - waiting;
        if (_waitingBytes > MaxWaitingBytes)
        {
            waiting = stream.WaitingBytes;
            stream.SkipGap(_chunks);
            _waitingBytes += stream.WaitingBytes - waiting;
        }
        return _chunks;
    }

    /// <summary>Ends the capture: returns the bytes that wait after a gap, and the end of each stream.</summary>
    public IReadOnlyList<TcpChunk> Finish()
    {
        _chunks.Clear();
        foreach (var stream in _streams.Values.OrderBy(s => s.Flow.Index))
            stream.End(_chunks);
        _streams.Clear();
        _waitingBytes = 0;
        return _chunks;
    }

    private TcpReassembly? StreamOf(FlowKey flow, in TcpSegment segment)
    {
        bool known = _streams.TryGetValue(flow, out var stream);
        if (known && !(segment.Syn && BeginsAnother(stream!, segment)))
            return stream;
        // An acknowledgement, or the end of a stream that was not captured, does not begin a stream.
        if (!segment.Syn && segment.PayloadLength == 0)
        {
            if (segment.Rst && _streams.TryGetValue(flow.Reverse, out var reverse))
                Finish(reverse);
            return null;
        }
        if (known)
            Finish(stream!);
        else if (_streams.Count == MaxStreams)
        {
            SegmentsSkipped++;
            return null;
        }
        stream = new TcpReassembly(
            new TcpFlow(_index++, flow.Source, flow.SourcePort, flow.Destination, flow.DestinationPort, segment.Syn),
            _maxWaitingBytesPerStream);
        _streams[flow] = stream;
        return stream;
    }

    /// <summary>
    /// A SYN with the same sequence number is a retransmission. A SYN that comes after its own first data belongs to the stream.
    /// </summary>
    private static bool BeginsAnother(TcpReassembly stream, in TcpSegment syn) =>
        stream.Closed || (stream.SynSequence is { } sequence
            ? sequence != syn.Sequence
            : syn.Sequence + 1 != stream.FirstSequence);

    private void Finish(TcpReassembly stream)
    {
        _waitingBytes -= stream.WaitingBytes;
        stream.End(_chunks);
    }
}
