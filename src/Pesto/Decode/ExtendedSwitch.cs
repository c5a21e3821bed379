using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pesto.Record;
using Shared.Records.Wire;

namespace Pesto.Decode;

/// <summary>sflow_version_5.txt, "extended_switch": source VLAN(4) priority(4) destination VLAN(4) priority(4).</summary>
internal static class ExtendedSwitch
{
    private const int Bytes = 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> record, ref FlowRow row)
    {
        if (record.Length < Bytes)
            return false;
        ref readonly var fields = ref MemoryMarshal.AsRef<Fields>(record);
        row.Present |= FlowParts.ExtendedSwitch;
        row.VlanIn = Narrow(fields.SourceVlan);
        row.VlanOut = Narrow(fields.DestinationVlan);
        return true;
    }

    // Some agents write 0xFFFFFFFF for a VLAN that they do not know.
    private static ushort Narrow(uint number) => (ushort)Math.Min(number, ushort.MaxValue);

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private readonly struct Fields
    {
        public readonly BigEndian32 SourceVlan, SourcePriority, DestinationVlan, DestinationPriority;
    }
}
