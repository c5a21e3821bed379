using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Risotto.Curate;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Record;
using Shared.Records.Wire;

namespace Risotto.State;

/// <summary>
/// The routes of a batch, as a journal keeps them. A context (0x80 and the family's index; router address 16, port 2, per-peer header
/// without its time 34) stands before the first route and wherever it changes; a route is flags (1: bit 0 path identifier, bit 1
/// Route Distinguisher), prefix length (1), the prefix's octets, path identifier (4) and RD (8) where the flags say so.
/// </summary>
internal static class JournalKeys
{
    private const int ContextLength = 1 + 16 + 2 + PerPeerHeaderKey.Length, LongestRoute = 2 + 16 + 4 + 8;
    private const byte IsContext = 0x80, HasPathId = 1, HasDistinguisher = 2;

    /// <summary>Octets that the keys of a batch take at most.</summary>
    public static int MostOctets(int batchOctets) => batchOctets / UpdateLayout.Fixed * (ContextLength + LongestRoute);

    /// <summary>Writes the keys of the batch's records, made by this process's encoder; returns their octets.</summary>
    public static int Write(ReadOnlySpan<byte> batch, Span<byte> keys)
    {
        int at = 0;
        RecordContext context = default;
        Span<byte> address = stackalloc byte[16];
        for (var rest = batch; rest.Length >= UpdateLayout.Fixed;)
        {
            ref readonly var row = ref MemoryMarshal.AsRef<UpdateRow>(rest);
            rest = rest[((int)row.SegmentWords * 8 + 8)..];
            var next = new RecordContext(row);
            if (at == 0 || next != context)
            {
                context = next;
                at += next.Write(row, keys[at..]);
            }
            bool isIpv4 = row.Afi == 1;
            int flags = ((row.Bits & UpdateBits.HasPathId) != 0 ? HasPathId : 0) | (row.RouteDistinguisher != 0 ? HasDistinguisher : 0);
            keys[at++] = (byte)flags;
            keys[at++] = row.PrefixLen;
            row.PrefixAddr.CopyTo(address);
            int octets = (row.PrefixLen + 7) >> 3;
            address.Slice(isIpv4 ? 12 : 0, octets).CopyTo(keys[at..]);
            at += octets;
            if ((flags & HasPathId) != 0)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(keys[at..], row.PathId);
                at += 4;
            }
            if ((flags & HasDistinguisher) != 0)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(keys[at..], row.RouteDistinguisher);
                at += 8;
            }
        }
        return at;
    }

    /// <summary>Reads keys that a journal kept, or the keys of a batch; false: they are not in this form.</summary>
    public static bool TryRead(ReadOnlySpan<byte> keys, Action<JournalContext, RouteIdentity> take)
    {
        JournalContext? context = null;
        Span<byte> address = stackalloc byte[16];
        while (!keys.IsEmpty)
        {
            byte flags = keys[0];
            if ((flags & IsContext) != 0)
            {
                if (keys.Length < ContextLength || (flags & ~IsContext) >= AddressFamily.IndexCount)
                    return false;
                context = new JournalContext(
                    Ipv6Address.FromV6(keys[1..]), BinaryPrimitives.ReadUInt16LittleEndian(keys[17..]),
                    MemoryMarshal.Read<PerPeerHeaderKey>(keys[19..]), flags & ~IsContext);
                keys = keys[ContextLength..];
                continue;
            }
            if (context is null || keys.Length < 2 || keys[1] > AddressFamily.Of(context.Family).AddressBits)
                return false;
            int length = keys[1], octets = (length + 7) >> 3;
            int size = 2 + octets + ((flags & HasPathId) != 0 ? 4 : 0) + ((flags & HasDistinguisher) != 0 ? 8 : 0);
            if (keys.Length < size)
                return false;
            address.Clear();
            keys.Slice(2, octets).CopyTo(address);
            uint pathId = (flags & HasPathId) != 0 ? BinaryPrimitives.ReadUInt32LittleEndian(keys[(2 + octets)..]) : 0;
            ulong distinguisher = (flags & HasDistinguisher) != 0 ? BinaryPrimitives.ReadUInt64LittleEndian(keys[(size - 8)..]) : 0;
            take(context, new RouteIdentity(
                BinaryPrimitives.ReadUInt64BigEndian(address), BinaryPrimitives.ReadUInt64BigEndian(address[8..]),
                (byte)length, pathId, (flags & HasPathId) != 0, distinguisher));
            keys = keys[size..];
        }
        return true;
    }

    // What a record's context is told by, without building it.
    private readonly record struct RecordContext(
        Ipv6Address Router, Ipv6Address Peer, ulong Distinguisher, ulong AsAndId, uint FamilyTypeFlags, ushort Port)
    {
        public RecordContext(in UpdateRow row)
            : this(row.RouterAddr, row.PeerAddr, row.PeerDistinguisher, (ulong)row.PeerAsn << 32 | row.PeerBgpId,
                (uint)row.Afi << 24 | (uint)row.Safi << 16 | (uint)row.PeerType << 8 | row.PeerFlags, row.RouterPort)
        {
        }

        public int Write(in UpdateRow row, Span<byte> keys)
        {
            keys[..ContextLength].Clear();
            keys[0] = (byte)(IsContext | new AddressFamily(row.Afi, row.Safi).Index);
            row.RouterAddr.CopyTo(keys[1..]);
            BinaryPrimitives.WriteUInt16LittleEndian(keys[17..], row.RouterPort);
            var header = keys[19..];
            header[0] = row.PeerType;
            header[1] = row.PeerFlags;
            BinaryPrimitives.WriteUInt64BigEndian(header[2..], row.PeerDistinguisher);
            if (row.PeerType != (byte)PeerType.LocRib && ((PeerFlags)row.PeerFlags & PeerFlags.V) == 0)
            {
                // The per-peer header has an IPv4 address without the mapping's prefix.
                Span<byte> address = stackalloc byte[16];
                row.PeerAddr.CopyTo(address);
                address[12..].CopyTo(header[22..]);
            }
            else
                row.PeerAddr.CopyTo(header[10..]);
            BinaryPrimitives.WriteUInt32BigEndian(header[26..], row.PeerAsn);
            BinaryPrimitives.WriteUInt32BigEndian(header[30..], row.PeerBgpId);
            return ContextLength;
        }
    }
}

/// <summary>What the routes behind it have in common.</summary>
internal sealed record JournalContext(Ipv6Address Router, ushort Port, PerPeerHeaderKey Header, int Family);
