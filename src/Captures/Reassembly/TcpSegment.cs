using System.Buffers.Binary;
using Captures.Pcap;

namespace Captures.Reassembly;

/// <summary>RFC 9293 3.1: ports(2+2) sequence number(4) acknowledgement(4) data offset and flags(2) ...</summary>
/// <param name="Payload">The captured part of the payload.</param>
/// <param name="PayloadLength">Bytes of the payload on the wire.</param>
internal readonly record struct TcpSegment(
    ushort SourcePort, ushort DestinationPort, uint Sequence, byte Flags, ReadOnlyMemory<byte> Payload, int PayloadLength)
{
    private const int HeaderBytes = 20;

    public bool Fin => (Flags & 0x01) != 0;

    public bool Syn => (Flags & 0x02) != 0;

    public bool Rst => (Flags & 0x04) != 0;

    public static bool TryRead(in IpPacket packet, out TcpSegment segment)
    {
        segment = default;
        var header = packet.Payload.Span;
        if (packet.Protocol != IpPacket.Tcp || header.Length < HeaderBytes)
            return false;
        int dataOffset = (header[12] >> 4) * 4;
        if (dataOffset < HeaderBytes || dataOffset > packet.PayloadLength)
            return false;
        segment = new TcpSegment(
            BinaryPrimitives.ReadUInt16BigEndian(header),
            BinaryPrimitives.ReadUInt16BigEndian(header[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(header[4..]),
            header[13],
            packet.Payload[Math.Min(dataOffset, header.Length)..],
            packet.PayloadLength - dataOffset);
        return true;
    }
}
