using Captures.Pcap;
using Shared.Records.Wire;

namespace Captures.Reassembly;

/// <summary>
/// TCP streams out of captured packets: reordering, retransmission and overlap (the first octets stand), a missing SYN, data on a
/// SYN, gaps, RST and FIN, sequence numbers that wrap, one port pair used again. Every direction is a stream of its own.
/// </summary>
/// <remarks>RFC 9293. Memory is bounded by <see cref="MaxStreams"/> and by what may wait for missing octets.</remarks>
public sealed class TcpStreams
{
    /// <summary>Streams of one capture; packets of further ones are counted and skipped.</summary>
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

    /// <param name="maxWaitingBytesPerStream">Octets that may wait for missing ones before these count as a gap.</param>
    public TcpStreams(int maxWaitingBytesPerStream = MaxWaitingBytesPerStream) => _maxWaitingBytesPerStream = maxWaitingBytesPerStream;

    /// <summary>Segments whose header the capture or the sender cut off, or that came beyond <see cref="MaxStreams"/>.</summary>
    public long SegmentsSkipped { get; private set; }

    /// <summary>Chunks of the whole capture in capture order; what is not TCP is counted in <paramref name="skips"/> where it is an IP packet that cannot be used.</summary>
    public static IEnumerable<TcpChunk> ReadAll(PcapReader reader, IDictionary<PacketSkip, long>? skips = null)
    {
        var streams = new TcpStreams();
        while (reader.TryRead(out var packet))
        {
            var skip = IpPacket.TryRead(packet, out var ip);
            if (skip != PacketSkip.None && skips is not null)
                skips[skip] = skips.TryGetValue(skip, out long count) ? count + 1 : 1;
            if (skip != PacketSkip.None || ip.Protocol != IpPacket.Tcp)
                continue;
            foreach (var chunk in streams.Add(ip))
                yield return chunk;
        }
        foreach (var chunk in streams.Finish())
            yield return chunk;
    }

    /// <summary>What a TCP packet makes available, in order. The list is good until the next call.</summary>
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

    /// <summary>The capture's end: what still waits behind a gap, and the end of every stream.</summary>
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
        // What cannot begin a stream: an acknowledgement, or the end of one that was not captured.
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

    /// <summary>A SYN of the same sequence number is a retransmission; one that was overtaken by its own first data belongs to it.</summary>
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
