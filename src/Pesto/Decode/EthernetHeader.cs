using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pesto.Record;
using Shared.Records.Wire;

namespace Pesto.Decode;

/// <summary>
/// IEEE 802.3: destination(6) source(6) type(2). VLAN tags (802.1Q, 802.1ad), an LLC/SNAP header, PPPoE or MPLS may precede the IP header.
/// </summary>
internal static class EthernetHeader
{
    public const ushort Ipv4Type = 0x0800, Ipv6Type = 0x86DD;

    private const ushort CustomerTag = 0x8100, ServiceTag = 0x88A8, OldServiceTag = 0x9100;
    private const ushort MplsUnicast = 0x8847, MplsMulticast = 0x8848, PppoeSession = 0x8864;
    private const int Bytes = 14, TagBytes = 4, SnapBytes = 8, VlanMask = 0x0FFF, MaxTags = 8, FirstType = 0x0600;
    // Destination and source SAP AA AA, control 03, organisation 00 00 00: an EtherType follows (RFC 1042).
    private const ulong Snap = 0xAAAA_0300_0000_0000;

    /// <param name="frame">The frame from the destination address on.</param>
    /// <param name="row">Gets the EtherType and the outermost VLAN.</param>
    /// <param name="at">Offset of the IP header.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FlowSkip FindIp(ReadOnlySpan<byte> frame, ref FlowRow row, out int at)
    {
        at = Bytes;
        if (frame.Length < Bytes + TagBytes)
            return FindInShort(frame, ref row);
        // There is one customer tag or none. Masks select, because a branch on the frame's kind would often be mispredicted.
        ref readonly var fields = ref MemoryMarshal.AsRef<Fields>(frame);
        int type = fields.Type, tags = type == CustomerTag ? 1 : 0;
        // The VLAN in the switch's own extended_switch record has precedence.
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
        // Taking the address of the caller's variable would keep it out of a register.
        var skip = FindInner(type, frame, at, out int inner);
        at = inner;
        return skip;
    }

    // The frame has no room for a tag.
    private static FlowSkip FindInShort(ReadOnlySpan<byte> frame, ref FlowRow row)
    {
        if (frame.Length < Bytes || IsTag(TypeBefore(frame, Bytes)))
            return FlowSkip.HeaderCut;
        row.EtherType = TypeBefore(frame, Bytes);
        return FindInner(row.EtherType, frame, Bytes, out _);
    }

    private static FlowSkip FindInner(int type, ReadOnlySpan<byte> frame, int at, out int inner)
    {
        inner = at;
        return type switch
        {
            Ipv6Type or Ipv4Type => FlowSkip.None,
            MplsUnicast or MplsMulticast => MplsStack.Skip(frame, at, out inner),
            PppoeSession => PppHeader.FindIpInPppoe(frame, at, out inner),
            _ => FlowSkip.NotIp,
        };
    }

    private static bool IsTag(int type) => type is CustomerTag or ServiceTag or OldServiceTag;

    private static ushort TypeBefore(ReadOnlySpan<byte> frame, int at) => BinaryPrimitives.ReadUInt16BigEndian(frame[(at - 2)..]);

    private static bool HasSnap(ReadOnlySpan<byte> payload) =>
        payload.Length >= SnapBytes && (BinaryPrimitives.ReadUInt64BigEndian(payload) & 0xFFFF_FFFF_FFFF_0000) == Snap;

    /// <summary>Each tag is tag control(2), whose lower 12 bits are the VLAN, and the next type(2).</summary>
    /// <returns>The offset after the last tag; 0: the frame ends within the tags.</returns>
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
