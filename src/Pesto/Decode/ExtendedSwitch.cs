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
        row.VlanIn = Narrow(record);
        row.VlanOut = Narrow(record[8..]);
        return true;
    }

    // Some agents write 0xFFFFFFFF where they do not know.
    private static ushort Narrow(ReadOnlySpan<byte> number) => (ushort)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(number), ushort.MaxValue);
}
