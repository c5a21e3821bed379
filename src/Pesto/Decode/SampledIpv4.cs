using System.Buffers.Binary;
using Pesto.Record;
using Shared.Records.Wire;

namespace Pesto.Decode;

/// <summary>sflow_version_5.txt, "sampled_ipv4": length(4) protocol(4) source(4) destination(4) ports(4+4) TCP flags(4) TOS(4).</summary>
internal static class SampledIpv4
{
    public static bool TryRead(ReadOnlySpan<byte> record, ref FlowRow row)
    {
        if (record.Length < 32)
            return false;
        row.Length = BinaryPrimitives.ReadUInt32BigEndian(record);
        row.Protocol = BinaryPrimitives.ReadUInt32BigEndian(record[4..]);
        row.SrcIp = Ipv6Address.FromV4(record[8..]);
        row.DstIp = Ipv6Address.FromV4(record[12..]);
        TransportHeader.ReadNumbers(record[16..], ref row);
        return true;
    }
}
