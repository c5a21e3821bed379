using Captures.Pcap;
using Captures.Reassembly;
using Replay.Bmp;
using Shared.Records.Wire;

namespace Replay;

/// <summary>Detects the service to which the packets of a capture belong.</summary>
internal static class CapturedService
{
    public const string Risotto = "risotto", Pesto = "pesto", Gateway = "gateway";

    /// <summary>Finds the first BMP stream or sFlow datagram. Returns its service; null if there is none.</summary>
    public static string? Detect(PcapReader reader)
    {
        var tcp = new TcpStreams();
        var bmp = new BmpStreams();
        while (reader.TryRead(out var packet))
        {
            if (IpPacket.TryRead(packet, out var ip) != PacketSkip.None)
                continue;
            if (TryReadSFlow(packet, out _))
                return Pesto;
            if (ip.Protocol == IpPacket.Tcp && tcp.Add(ip).Any(chunk => bmp.TryTake(chunk, out _)))
                return Risotto;
        }
        return null;
    }

    /// <summary>
    /// Reads a UDP datagram on any port that begins like sFlow version 5: version(4) = 5, agent address type(4) = IPv4 or IPv6.
    /// </summary>
    public static bool TryReadSFlow(in CapturedPacket packet, out UdpDatagram datagram)
    {
        datagram = default;
        return IpPacket.TryRead(packet, out var ip) == PacketSkip.None
            && UdpDatagram.TryRead(ip, out datagram)
            && datagram.Payload.Span is [0, 0, 0, 5, 0, 0, 0, 1 or 2, ..];
    }
}
