using Captures.Pcap;
using Captures.Reassembly;
using Replay.Bmp;
using Shared.Records.Wire;

namespace Replay;

/// <summary>Reads the BMP streams of one capture file and counts its other traffic.</summary>
internal sealed class CaptureTraffic(PcapReader reader)
{
    private readonly TcpStreams _tcp = new();
    private readonly BmpStreams _bmp = new();
    private readonly Dictionary<string, long> _skipped = [];

    public long BmpStreams => _bmp.Streams;

    /// <summary>The number of the packet that was read last, from 1.</summary>
    public long Packet { get; private set; }

    /// <summary>Datagrams that begin like sFlow version 5.</summary>
    public long SFlowDatagrams { get; private set; }

    /// <summary>ICMP and ICMPv6 messages that answer a probe: Echo Reply, Destination Unreachable, Time Exceeded.</summary>
    public long IcmpReplies { get; private set; }

    /// <summary>The parts of the capture that are left out, by reason.</summary>
    public IEnumerable<(string Reason, long Count)> Skipped
    {
        get
        {
            foreach (var (reason, count) in _skipped)
                yield return (reason, count);
            if (_tcp.SegmentsSkipped > 0)
                yield return ("tcp_segment_unusable", _tcp.SegmentsSkipped);
            if (_bmp.Gaps > 0)
                yield return ("tcp_gap", _bmp.Gaps);
            if (_bmp.OtherStreams > 0)
                yield return ("tcp_stream_not_bmp", _bmp.OtherStreams);
        }
    }

    /// <summary>Reads the bytes of all BMP streams in capture order. Each chunk is valid until the next is read.</summary>
    public IEnumerable<BmpChunk> Read()
    {
        while (reader.TryRead(out var packet))
        {
            Packet = packet.Number;
            var skip = IpPacket.TryRead(packet, out var ip);
            if (skip != PacketSkip.None)
                Count(skip);
            else if (ip.Protocol == IpPacket.Tcp)
            {
                foreach (var chunk in _tcp.Add(ip))
                {
                    if (_bmp.TryTake(chunk, out var bmp))
                        yield return bmp;
                }
            }
            else
                CountOtherService(ip);
        }
        foreach (var chunk in _tcp.Finish())
        {
            if (_bmp.TryTake(chunk, out var bmp))
                yield return bmp;
        }
    }

    private void Count(PacketSkip skip)
    {
        string? reason = skip switch
        {
            PacketSkip.IpFragment => "ip_fragment",
            PacketSkip.HeaderCut => "packet_header_cut",
            PacketSkip.LinkTypeUnknown => "link_type_unknown",
            _ => null,
        };
        if (reason is not null)
            _skipped[reason] = _skipped.GetValueOrDefault(reason) + 1;
    }

    private void CountOtherService(in IpPacket ip)
    {
        // sFlow 5: version(4) = 5, agent address type(4) = IPv4 or IPv6.
        if (UdpDatagram.TryRead(ip, out var datagram) && datagram.Payload.Span is [0, 0, 0, 5, 0, 0, 0, 1 or 2, ..])
            SFlowDatagrams++;
        if ((ip.Protocol == IpPacket.IcmpV4 && ip.Payload.Span is [0 or 3 or 11, ..]) ||
            (ip.Protocol == IpPacket.IcmpV6 && ip.Payload.Span is [1 or 3 or 129, ..]))
            IcmpReplies++;
    }
}
