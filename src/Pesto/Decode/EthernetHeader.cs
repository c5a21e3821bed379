using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pesto.Record;
using Shared.Records.Wire;

namespace Pesto.Decode;

/// <summary>IEEE 802.3: destination(6) source(6) type(2), with VLAN tags (802.1Q, 802.1ad), an LLC/SNAP header, PPPoE or MPLS between it and IP.</summary>
internal static class EthernetHeader
{
    public const ushort Ipv4Type = 0x0800, Ipv6Type = 0x86DD;

    private const ushort CustomerTag = 0x8100, ServiceTag = 0x88A8, OldServiceTag = 0x9100, MplsUnicast = 0x8847, MplsMulticast = 0x8848, PppoeSession = 0x8864;
    private const int Bytes = 14, TagBytes = 4, SnapBytes = 8, VlanMask = 0x0FFF, MaxTags = 8, FirstType = 0x0600;
    // Destination and source SAP AA AA, control 03, organisation 00 00 00: an EtherType follows (RFC 1042).
    private const ulong Snap = 0xAAAA_0300_0000_0000;

    /// <param name="frame">From the destination address on.</param>
    /// <param name="row">Gets the EtherType and the outermost VLAN.</param>
    /// <param name="at">Where the IP header begins.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FlowSkip FindIp(ReadOnlySpan<byte> frame, ref FlowRow row, out int at)
    {
        at = Bytes;
        if (frame.Length < Bytes + TagBytes)
            return FindInShort(frame, ref row);
        // One customer's tag or none: no branch can foresee what the next frame has.
        ref readonly var fields = ref MemoryMarshal.AsRef<Fields>(frame);
        int type = fields.Type, tags = type == CustomerTag ? 1 : 0;
        // What the switch itself says in extended_switch counts more.
        if ((row.Present & FlowParts.ExtendedSwitch) == 0)
            row.VlanIn = (ushort)(fields.TagControl & VlanMask & -tags);
        at += tags * TagBytes;
        type ^= (type ^ fields.InnerType) & -tags;
        if (IsTag(type))
        {
            at = SkipTags(frame, at, ref row);
            if (at == 0)
                return FlowSkip.HeaderCut;
            type = TypeBefore(frame, at);
        }
        if (type < FirstType && HasSnap(frame[at..]))
        {
            at += SnapBytes;
            type = TypeBefore(frame, at);
        }
        row.EtherType = (ushort)type;
        if (type is Ipv6Type or Ipv4Type)
            return FlowSkip.None;
        // An address of the caller's variable would keep it out of the registers.
        var skip = FindBehind(type, frame, at, out int behind);
        at = behind;
        return skip;
    }

    // No room for a tag.
    private static FlowSkip FindInShort(ReadOnlySpan<byte> frame, ref FlowRow row)
    {
        if (frame.Length < Bytes || IsTag(TypeBefore(frame, Bytes)))
            return FlowSkip.HeaderCut;
        row.EtherType = TypeBefore(frame, Bytes);
        return FindBehind(row.EtherType, frame, Bytes, out _);
    }

    private static FlowSkip FindBehind(int type, ReadOnlySpan<byte> frame, int at, out int behind)
    {
        behind = at;
        return type switch
        {
            Ipv6Type or Ipv4Type => FlowSkip.None,
            MplsUnicast or MplsMulticast => MplsStack.Skip(frame, at, out behind),
            PppoeSession => PppHeader.FindIpBehindPppoe(frame, at, out behind),
            _ => FlowSkip.NotIp,
        };
    }

    private static bool IsTag(int type) => type is CustomerTag or ServiceTag or OldServiceTag;

    private static ushort TypeBefore(ReadOnlySpan<byte> frame, int at) => BinaryPrimitives.ReadUInt16BigEndian(frame[(at - 2)..]);

    private static bool HasSnap(ReadOnlySpan<byte> payload) =>
        payload.Length >= SnapBytes && (BinaryPrimitives.ReadUInt64BigEndian(payload) & 0xFFFF_FFFF_FFFF_0000) == Snap;

    /// <summary>Each tag is tag control(2), whose lower 12 bits are the VLAN, and the next type(2).</summary>
    /// <returns>Behind the last tag; 0: the frame is cut within them.</returns>
    private static int SkipTags(ReadOnlySpan<byte> frame, int at, ref FlowRow row)
    {
        for (; IsTag(TypeBefore(frame, at)) && at < Bytes + MaxTags * TagBytes; at += TagBytes)
        {
            if (frame.Length < at + TagBytes)
                return 0;
            if (at == Bytes && (row.Present & FlowParts.ExtendedSwitch) == 0)
                row.VlanIn = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(frame[at..]) & VlanMask);
        }
        return at;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private readonly struct Fields
    {
        public readonly MacAddress Destination, Source;
        public readonly BigEndian16 Type, TagControl, InnerType;
    }

    [InlineArray(6)]
    private struct MacAddress
    {
        private byte _first;
    }
}
