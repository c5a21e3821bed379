using System.Buffers.Binary;
using Pesto.Record;

namespace Pesto.Decode;

/// <summary>sflow_version_5.txt, "sampled_ethernet": frame length(4) source MAC(6+2) destination MAC(6+2) type(4).</summary>
internal static class SampledEthernet
{
    public static bool TryRead(ReadOnlySpan<byte> record, ref FlowRow row)
    {
        if (record.Length < 24)
            return false;
        row.Present |= FlowParts.SampledEthernet;
        // The sampled header holds the same fields, and more exactly.
        if ((row.Present & FlowParts.SampledHeader) != 0)
            return true;
        row.FrameLength = BinaryPrimitives.ReadUInt32BigEndian(record);
        row.EtherType = (ushort)BinaryPrimitives.ReadUInt32BigEndian(record[20..]);
        return true;
    }
}
