using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pesto.Record;
using Shared.Records.Wire;

namespace Pesto.Decode;

/// <summary>Reads an IPv6 header, its extension headers (RFC 8200 3 and 4) and the transport header after them.</summary>
internal static class Ipv6Header
{
    private const int Bytes = 40, DestinationAt = 24, MaxExtensions = 16;
    private const byte HopByHop = 0, Routing = 43, Fragment = 44, Authentication = 51, DestinationOptions = 60;
    private const byte Mobility = 135, Hip = 139, Shim6 = 140;
    private const ulong LowExtensions =
        1ul << HopByHop | 1ul << Routing | 1ul << Fragment | 1ul << Authentication | 1ul << DestinationOptions;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FlowSkip Read(ReadOnlySpan<byte> packet, ref FlowRow row)
    {
        if (packet.Length < Bytes)
            return ReadCut(packet, ref row);
        ref readonly var header = ref MemoryMarshal.AsRef<Fields>(packet);
        uint first = header.VersionClassLabel;
        row.Tos = (byte)(first >> 20);
        row.FlowLabel = first & 0x000F_FFFF;
        row.Length = Bytes + (uint)header.PayloadLength;
        row.SrcIp = header.Source;
        row.DstIp = header.Destination;
        byte next = header.NextHeader;
        if (IsExtension(next))
        {
            ReadExtensions(next, packet[Bytes..], ref row);
            return FlowSkip.None;
        }
        row.Protocol = next;
        TransportHeader.Read(next, packet[Bytes..], ref row);
        return FlowSkip.None;
    }

    private static void ReadExtensions(byte next, ReadOnlySpan<byte> payload, ref FlowRow row)
    {
        bool hasTransport = TrySkipExtensions(ref payload, ref next, ref row);
        row.Protocol = next;
        if (hasTransport)
            TransportHeader.Read(next, payload, ref row);
    }

    // A deep label stack leaves no room for the destination address. The flow makes a record without it.
    private static FlowSkip ReadCut(ReadOnlySpan<byte> packet, ref FlowRow row)
    {
        if (packet.Length < DestinationAt)
            return FlowSkip.HeaderCut;
        uint first = BinaryPrimitives.ReadUInt32BigEndian(packet);
        row.Tos = (byte)(first >> 20);
        row.FlowLabel = first & 0x000F_FFFF;
        row.Length = Bytes + (uint)BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        row.Protocol = packet[6];
        row.SrcIp = Ipv6Address.FromV6(packet[8..]);
        row.Present |= FlowParts.DestinationCut;
        return FlowSkip.None;
    }

    private static bool IsExtension(byte next) => next < 64 ? (LowExtensions >> next & 1) != 0 : next is Mobility or Hip or Shim6;

    /// <summary>
    /// Next header(1) length(1) in units of 8 bytes after the first 8. AH (RFC 4302) counts units of 4 bytes; a fragment header has 8
    /// bytes. If the packet is cut, <paramref name="next"/> is the last header that is known.
    /// </summary>
    /// <returns>False: no transport header follows.</returns>
    private static bool TrySkipExtensions(ref ReadOnlySpan<byte> payload, ref byte next, ref FlowRow row)
    {
        for (int i = 0; i < MaxExtensions && IsExtension(next); i++)
        {
            if (payload.Length < 2)
                return false;
            bool isLaterFragment = false;
            int bytes = next switch { Fragment => 8, Authentication => (payload[1] + 2) * 4, _ => (payload[1] + 1) * 8 };
            if (next == Fragment && payload.Length >= 4)
            {
                // Offset(13 bits) reserved(2) more(1). Offset and more are 0 in an atomic fragment, which is a whole packet (RFC 6946).
                int fragment = BinaryPrimitives.ReadUInt16BigEndian(payload[2..]) & 0xFFF9;
                if (fragment != 0)
                    row.IsFragment = 1;
                isLaterFragment = (fragment & 0xFFF8) != 0;
            }
            next = payload[0];
            if (isLaterFragment || payload.Length < bytes)
                return false;
            payload = payload[bytes..];
        }
        return !IsExtension(next);
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private readonly struct Fields
    {
        public readonly BigEndian32 VersionClassLabel;
        public readonly BigEndian16 PayloadLength;
        public readonly byte NextHeader, HopLimit;
        public readonly Ipv6Address Source, Destination;
    }
}
