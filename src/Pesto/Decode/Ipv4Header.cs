using System.Buffers.Binary;
using Pesto.Record;
using Shared.Records.Wire;

namespace Pesto.Decode;

/// <summary>Reads an IPv4 header (RFC 791 3.1) and the transport header after it.</summary>
internal static class Ipv4Header
{
    private const int Bytes = 20, DestinationAt = 16;

    public static FlowSkip Read(ReadOnlySpan<byte> packet, ref FlowRow row)
    {
        if (packet.Length < DestinationAt)
            return FlowSkip.HeaderCut;
        int headerBytes = (packet[0] & 0x0F) * 4;
        if (headerBytes < Bytes)
            return FlowSkip.NotIp;
        row.Tos = packet[1];
        row.Length = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        row.Protocol = packet[9];
        row.SrcIp = Ipv6Address.FromV4(packet[12..]);
        if (packet.Length >= Bytes)
            row.DstIp = Ipv6Address.FromV4(packet[DestinationAt..]);
        else
            row.Present |= FlowParts.DestinationCut;
        // Either More Fragments is set or the offset is not 0.
        int fragment = BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x3FFF;
        row.IsFragment = fragment != 0 ? (byte)1 : (byte)0;
        if ((fragment & 0x1FFF) == 0 && packet.Length > headerBytes)
            TransportHeader.Read(packet[9], packet[headerBytes..], ref row);
        return FlowSkip.None;
    }
}
