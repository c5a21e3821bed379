using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Pesto.Decode;

/// <summary>IEEE 802.3: destination(6) source(6) type(2), with VLAN tags (802.1Q, 802.1ad), an LLC/SNAP header, PPPoE or MPLS between it and IP.</summary>
internal static class EthernetHeader
{
    public const ushort Ipv4Type = 0x0800, Ipv6Type = 0x86DD;

    private const ushort CustomerTag = 0x8100, ServiceTag = 0x88A8, OldServiceTag = 0x9100, MplsUnicast = 0x8847, MplsMulticast = 0x8848, PppoeSession = 0x8864;
    private const int Bytes = 14, MaxTags = 8, FirstType = 0x0600;
    // Destination and source SAP AA AA, control 03, organisation 00 00 00: an EtherType follows (RFC 1042).
    private const ulong Snap = 0xAAAA_0300_0000_0000;

    /// <param name="frame">From the destination address on.</param>
    /// <param name="row">Gets the EtherType and the outermost VLAN.</param>
    /// <param name="at">Where the IP header begins.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FlowSkip FindIp(ReadOnlySpan<byte> frame, ref FlowRow row, out int at)
    {
        at = Bytes;
        if (frame.Length < Bytes)
            return FlowSkip.HeaderCut;
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        if (type is CustomerTag or ServiceTag or OldServiceTag && !TrySkipTags(frame, ref type, ref at, ref row))
            return FlowSkip.HeaderCut;
        if (type < FirstType && frame.Length >= at + 8 && (BinaryPrimitives.ReadUInt64BigEndian(frame[at..]) & 0xFFFF_FFFF_FFFF_0000) == Snap)
        {
            type = BinaryPrimitives.ReadUInt16BigEndian(frame[(at + 6)..]);
            at += 8;
        }
        row.EtherType = type;
        return type switch
        {
            Ipv6Type or Ipv4Type => FlowSkip.None,
            MplsUnicast or MplsMulticast => MplsStack.Skip(frame, at, out at),
            PppoeSession => PppHeader.FindIpBehindPppoe(frame, at, out at),
            _ => FlowSkip.NotIp,
        };
    }

    /// <summary>Each tag is tag control(2), whose lower 12 bits are the VLAN, and the next type(2).</summary>
    private static bool TrySkipTags(ReadOnlySpan<byte> frame, ref ushort type, ref int at, ref FlowRow row)
    {
        for (int tags = 0; type is CustomerTag or ServiceTag or OldServiceTag && tags < MaxTags; tags++)
        {
            if (frame.Length < at + 4)
                return false;
            // What the switch itself says in extended_switch counts more.
            if (tags == 0 && (row.Present & FlowParts.ExtendedSwitch) == 0)
                row.VlanIn = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(frame[at..]) & 0x0FFF);
            type = BinaryPrimitives.ReadUInt16BigEndian(frame[(at + 2)..]);
            at += 4;
        }
        return true;
    }
}
