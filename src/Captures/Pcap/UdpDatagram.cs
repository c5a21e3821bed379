using System.Buffers.Binary;
using Shared.Records.Wire;

namespace Captures.Pcap;

/// <summary>RFC 768: source port(2) destination port(2) length(2) checksum(2).</summary>
/// <param name="Payload">The captured part of the payload.</param>
/// <param name="PayloadLength">Bytes of the payload on the wire.</param>
public readonly record struct UdpDatagram(
    ulong TimeNs, Ipv6Address Source, ushort SourcePort, Ipv6Address Destination, ushort DestinationPort,
    ReadOnlyMemory<byte> Payload, int PayloadLength)
{
    private const int HeaderBytes = 8;

    public static bool TryRead(in IpPacket packet, out UdpDatagram datagram)
    {
        datagram = default;
        var header = packet.Payload.Span;
        if (packet.Protocol != IpPacket.Udp || header.Length < HeaderBytes)
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(header[4..]);
        // A jumbogram (RFC 2675 4) and offload have the length 0. Then the IP length counts.
        if (length == 0 || length > packet.PayloadLength)
            length = packet.PayloadLength;
        if (length < HeaderBytes)
            return false;
        datagram = new UdpDatagram(packet.TimeNs,
            packet.Source, BinaryPrimitives.ReadUInt16BigEndian(header),
            packet.Destination, BinaryPrimitives.ReadUInt16BigEndian(header[2..]),
            packet.Payload[HeaderBytes..Math.Min(length, packet.Payload.Length)], length - HeaderBytes);
        return true;
    }
}
