using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Record;
using Shared.Records.Wire;

namespace Risotto.State;

/// <summary>
/// Writes and reads the routes of a batch in the form of a journal. A context (0x80 and the family's index; router address 16, port 2,
/// per-peer header without its time 34) comes before the first route and wherever it changes. A route is flags (1: bit 0 path identifier,
/// bit 1 Route Distinguisher), prefix length (1), the prefix's bytes, path identifier (4) and RD (8) if the flags say so.
/// </summary>
internal static class JournalKeys
{
    private const int RouterOffset = 1, PortOffset = RouterOffset + 16, HeaderOffset = PortOffset + 2;
    private const int ContextLength = HeaderOffset + PerPeerHeaderKey.Length, MaxRouteLength = 2 + 16 + 4 + 8;
    private const int Ipv4InIpv6 = 12;
    private const byte IsContext = 0x80, HasPathId = 1, HasDistinguisher = 2;

    /// <summary>The length of the keys of a batch, at most.</summary>
    public static int MaxLength(int batchLength) => batchLength / UpdateLayout.Fixed * (ContextLength + MaxRouteLength);

    /// <summary>Writes the keys of the batch's records, which this process has encoded, and returns their length.</summary>
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
                at += WriteContext(row, keys[at..]);
            }
            bool isIpv4 = new AddressFamily(row.Afi, row.Safi).IsIpv4;
            int flags = ((row.Bits & UpdateBits.HasPathId) != 0 ? HasPathId : 0) | (row.RouteDistinguisher != 0 ? HasDistinguisher : 0);
            keys[at++] = (byte)flags;
            keys[at++] = row.PrefixLen;
            row.PrefixAddr.CopyTo(address);
            int bytes = (row.PrefixLen + 7) >> 3;
            address.Slice(isIpv4 ? Ipv4InIpv6 : 0, bytes).CopyTo(keys[at..]);
            at += bytes;
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

    /// <summary>Reads keys; false: they are not in this form.</summary>
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
                    Ipv6Address.FromV6(keys[RouterOffset..]), BinaryPrimitives.ReadUInt16LittleEndian(keys[PortOffset..]),
                    MemoryMarshal.Read<PerPeerHeaderKey>(keys[HeaderOffset..]), flags & ~IsContext);
                keys = keys[ContextLength..];
                continue;
            }
            if (context is null || keys.Length < 2 || keys[1] > AddressFamily.FromIndex(context.Family).AddressBits)
                return false;
            int length = keys[1], bytes = (length + 7) >> 3;
            int size = 2 + bytes + ((flags & HasPathId) != 0 ? 4 : 0) + ((flags & HasDistinguisher) != 0 ? 8 : 0);
            if (keys.Length < size)
                return false;
            address.Clear();
            keys.Slice(2, bytes).CopyTo(address);
            uint pathId = (flags & HasPathId) != 0 ? BinaryPrimitives.ReadUInt32LittleEndian(keys[(2 + bytes)..]) : 0;
            ulong distinguisher = (flags & HasDistinguisher) != 0 ? BinaryPrimitives.ReadUInt64LittleEndian(keys[(size - 8)..]) : 0;
            take(context, new RouteIdentity(
                BinaryPrimitives.ReadUInt64BigEndian(address), BinaryPrimitives.ReadUInt64BigEndian(address[8..]),
                (byte)length, pathId, (flags & HasPathId) != 0, distinguisher));
            keys = keys[size..];
        }
        return true;
    }

    private static int WriteContext(in UpdateRow row, Span<byte> keys)
    {
        keys[..ContextLength].Clear();
        keys[0] = (byte)(IsContext | new AddressFamily(row.Afi, row.Safi).Index);
        row.RouterAddr.CopyTo(keys[RouterOffset..]);
        BinaryPrimitives.WriteUInt16LittleEndian(keys[PortOffset..], row.RouterPort);
        PerPeerHeader.Write(
            keys[HeaderOffset..], row.PeerType, row.PeerFlags, row.PeerDistinguisher, row.PeerAddr, row.PeerAsn, row.PeerBgpId);
        return ContextLength;
    }

    // The fields that make up the context of a record: compared before a context is written.
    private readonly record struct RecordContext(
        Ipv6Address Router, Ipv6Address Peer, ulong Distinguisher, ulong AsAndId, uint FamilyTypeFlags, ushort Port)
    {
        public RecordContext(in UpdateRow row)
            : this(row.RouterAddr, row.PeerAddr, row.PeerDistinguisher, (ulong)row.PeerAsn << 32 | row.PeerBgpId,
                (uint)row.Afi << 24 | (uint)row.Safi << 16 | (uint)row.PeerType << 8 | (uint)row.PeerFlags, row.RouterPort)
        {
        }
    }
}

/// <summary>The fields that the following routes have in common.</summary>
internal sealed record JournalContext(Ipv6Address Router, ushort Port, PerPeerHeaderKey Header, int Family);
