using System.Buffers.Binary;
using Pesto.Frame;
using Pesto.Record;

namespace Pesto.Decode;

/// <summary>
/// sflow_version_5.txt, "sampled_ipv4" and "sampled_ipv6": length(4) protocol(4) source(4 or 16) destination(4 or 16) ports(4+4) TCP
/// flags(4) TOS or priority(4).
/// </summary>
internal static class SampledIp
{
    private const int AddressesAt = 8, NumbersBytes = 16;

    /// <param name="addressType">Of <see cref="SFlowAddress"/>: IPv4 or IPv6.</param>
    /// <returns>False: the record is shorter than its fields.</returns>
    public static bool TryRead(ReadOnlySpan<byte> record, uint addressType, ref FlowRow row)
    {
        int addressBytes = SFlowAddress.ValueBytes(addressType), numbersAt = AddressesAt + 2 * addressBytes;
        if (record.Length < numbersAt + NumbersBytes)
            return false;
        row.Length = BinaryPrimitives.ReadUInt32BigEndian(record);
        row.Protocol = BinaryPrimitives.ReadUInt32BigEndian(record[4..]);
        row.SrcIp = SFlowAddress.ReadValue(addressType, record[AddressesAt..]);
        row.DstIp = SFlowAddress.ReadValue(addressType, record[(AddressesAt + addressBytes)..]);
        TransportHeader.ReadNumbers(record[numbersAt..], ref row);
        return true;
    }
}
