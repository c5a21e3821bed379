using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Pesto.Decode;

/// <summary>sflow_version_5.txt, "extended_switch": source VLAN(4) priority(4) destination VLAN(4) priority(4).</summary>
internal static class ExtendedSwitch
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> record, ref FlowRow row)
    {
        if (record.Length < 16)
            return false;
        row.Present |= FlowParts.ExtendedSwitch;
        row.VlanIn = (ushort)BinaryPrimitives.ReadUInt32BigEndian(record);
        row.VlanOut = (ushort)BinaryPrimitives.ReadUInt32BigEndian(record[8..]);
        return true;
    }
}
