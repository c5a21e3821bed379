using System.Buffers.Binary;
using Pesto.Frame;
using Pesto.Record;

namespace Pesto.Decode;

/// <summary>sflow_version_5.txt, "extended_router": next hop(address) source mask length(4) destination mask length(4).</summary>
internal static class ExtendedRouter
{
    public static bool TryRead(ReadOnlySpan<byte> record, ref FlowRow row, out SFlowAddress nextHop)
    {
        if (!SFlowAddress.TryRead(ref record, out nextHop) || record.Length < 8)
        {
            nextHop = default;
            return false;
        }
        row.Present |= FlowParts.ExtendedRouter;
        row.SrcPrefixLen = (byte)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(record), byte.MaxValue);
        row.DstPrefixLen = (byte)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(record[4..]), byte.MaxValue);
        return true;
    }
}
