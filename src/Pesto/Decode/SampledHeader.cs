using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Pesto.Decode;

/// <summary>sflow_version_5.txt, "sampled_header": header protocol(4) frame length(4) stripped(4) header length(4) header.</summary>
internal static class SampledHeader
{
    private const int HeadBytes = 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> record, ref FlowRow row, out uint protocol, out ReadOnlySpan<byte> header)
    {
        protocol = 0;
        header = default;
        if (record.Length < HeadBytes)
            return false;
        protocol = BinaryPrimitives.ReadUInt32BigEndian(record);
        row.FrameLength = BinaryPrimitives.ReadUInt32BigEndian(record[4..]);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(record[12..]);
        if (length > (uint)(record.Length - HeadBytes))
            return false;
        header = record.Slice(HeadBytes, (int)length);
        return true;
    }
}
