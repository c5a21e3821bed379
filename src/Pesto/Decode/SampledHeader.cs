using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pesto.Record;
using Shared.Records.Wire;

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
        ref readonly var head = ref MemoryMarshal.AsRef<Head>(record);
        protocol = head.Protocol;
        row.FrameLength = head.FrameLength;
        uint length = head.HeaderLength;
        if (length > (uint)(record.Length - HeadBytes))
            return false;
        header = record.Slice(HeadBytes, (int)length);
        return true;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private readonly struct Head
    {
        public readonly BigEndian32 Protocol, FrameLength, Stripped, HeaderLength;
    }
}
