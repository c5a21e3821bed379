using System.Buffers.Binary;
using Pesto.Record;
using Shared.Records.Wire;

namespace Pesto.Decode;

/// <summary>sflow_version_5.txt, "sampled_ipv6": length(4) next header(4) source(16) destination(16) ports(4+4) TCP flags(4) priority(4).</summary>
internal static class SampledIpv6
{
    public static bool TryRead(ReadOnlySpan<byte> record, ref FlowRow row)
    {
        if (record.Length < 56)
            return false;
        row.Length = BinaryPrimitives.ReadUInt32BigEndian(record);
        row.Protocol = BinaryPrimitives.ReadUInt32BigEndian(record[4..]);
        row.SrcIp = Ipv6Address.FromV6(record[8..]);
        row.DstIp = Ipv6Address.FromV6(record[24..]);
        TransportHeader.ReadNumbers(record[40..], ref row);
        return true;
    }
}
