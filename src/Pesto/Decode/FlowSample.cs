using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pesto.Decode;

/// <summary>
/// sflow_version_5.txt, "flow_sample" (32 octets before its records) and "flow_sample_expanded" (44): the same numbers, but that the
/// expanded form gives the kind of data source and interface a word of its own, where the other keeps them in the upper bits.
/// </summary>
internal static class FlowSample
{
    public const uint Format = 1, ExpandedFormat = 3;

    private const uint InterfaceValue = 0x3FFF_FFFF, SourceIndex = 0x00FF_FFFF;

    /// <returns>False: the sample is shorter than that.</returns>
    /// <param name="records">The octets behind.</param>
    /// <param name="announced">How many records these are said to be.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> sample, bool isExpanded, ref FlowRow row, out ReadOnlySpan<byte> records, out uint announced) =>
        isExpanded ? TryReadExpanded(sample, ref row, out records, out announced) : TryReadCompact(sample, ref row, out records, out announced);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadCompact(ReadOnlySpan<byte> sample, ref FlowRow row, out ReadOnlySpan<byte> records, out uint announced)
    {
        if (!MemoryMarshal.TryRead(sample, out Compact head))
        {
            records = default;
            announced = 0;
            return false;
        }
        uint source = Host(head.SourceId), input = Host(head.Input), output = Host(head.Output);
        row.SampleSequenceNumber = Host(head.Sequence);
        row.SourceIdType = (byte)(source >> 24);
        row.SourceId = source & SourceIndex;
        row.SamplingRate = Host(head.Rate);
        row.SamplePool = Host(head.Pool);
        row.Drops = Host(head.Drops);
        row.InputFormat = (byte)(input >> 30);
        row.InputInterface = input & InterfaceValue;
        row.OutputFormat = (byte)(output >> 30);
        row.OutputInterface = output & InterfaceValue;
        announced = Host(head.Records);
        records = sample[32..];
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadExpanded(ReadOnlySpan<byte> sample, ref FlowRow row, out ReadOnlySpan<byte> records, out uint announced)
    {
        if (!MemoryMarshal.TryRead(sample, out Expanded head))
        {
            records = default;
            announced = 0;
            return false;
        }
        row.SampleSequenceNumber = Host(head.Sequence);
        row.SourceIdType = Narrow(Host(head.SourceIdType));
        row.SourceId = Host(head.SourceIdIndex);
        row.SamplingRate = Host(head.Rate);
        row.SamplePool = Host(head.Pool);
        row.Drops = Host(head.Drops);
        row.InputFormat = Narrow(Host(head.InputFormat));
        row.InputInterface = Host(head.InputValue);
        row.OutputFormat = Narrow(Host(head.OutputFormat));
        row.OutputInterface = Host(head.OutputValue);
        announced = Host(head.Records);
        records = sample[44..];
        return true;
    }

    private static uint Host(uint wire) => BinaryPrimitives.ReverseEndianness(wire);

    // Kinds are numbers below 4; what does not fit the column is shown as its largest value, not as another kind.
    private static byte Narrow(uint kind) => (byte)Math.Min(kind, byte.MaxValue);

    [StructLayout(LayoutKind.Sequential)]
    private struct Compact
    {
        public uint Sequence, SourceId, Rate, Pool, Drops, Input, Output, Records;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Expanded
    {
        public uint Sequence, SourceIdType, SourceIdIndex, Rate, Pool, Drops, InputFormat, InputValue, OutputFormat, OutputValue, Records;
    }
}
