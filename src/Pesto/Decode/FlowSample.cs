using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Pesto.Decode;

/// <summary>
/// sflow_version_5.txt, "flow_sample": sequence(4) source(4) rate(4) pool(4) drops(4) input(4) output(4) records(4); and "flow_sample_expanded", which
/// gives the kind of source, input and output a word of its own before the number, where the other keeps it in the upper bits. Both are
/// read in one way, as agents mix them.
/// </summary>
internal static class FlowSample
{
    public const uint Format = 1, ExpandedFormat = 3;

    private const int Bytes = 32, WordBytes = 4, SourceBits = 24, InterfaceBits = 30;

    /// <returns>False: the sample is shorter than that.</returns>
    /// <param name="records">The octets behind.</param>
    /// <param name="announced">How many records these are said to be.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> sample, bool isExpanded, ref FlowRow row, out ReadOnlySpan<byte> records, out uint announced)
    {
        int word = isExpanded ? WordBytes : 0;
        if (sample.Length < Bytes + 3 * word)
        {
            records = default;
            announced = 0;
            return false;
        }
        row.SampleSequenceNumber = BinaryPrimitives.ReadUInt32BigEndian(sample);
        (row.SourceIdType, row.SourceId) = Number(sample, 4, word, SourceBits);
        row.SamplingRate = BinaryPrimitives.ReadUInt32BigEndian(sample[(8 + word)..]);
        row.SamplePool = BinaryPrimitives.ReadUInt32BigEndian(sample[(12 + word)..]);
        row.Drops = BinaryPrimitives.ReadUInt32BigEndian(sample[(16 + word)..]);
        (row.InputFormat, row.InputInterface) = Number(sample, 20 + word, word, InterfaceBits);
        (row.OutputFormat, row.OutputInterface) = Number(sample, 24 + 2 * word, word, InterfaceBits);
        announced = BinaryPrimitives.ReadUInt32BigEndian(sample[(28 + 3 * word)..]);
        records = sample[(Bytes + 3 * word)..];
        return true;
    }

    // Kinds are numbers below 4; what does not fit the column is shown as its largest value, not as another kind.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (byte Kind, uint Number) Number(ReadOnlySpan<byte> sample, int at, int word, int bits)
    {
        int shift = word == 0 ? bits : 0;
        uint mask = word == 0 ? (1u << bits) - 1 : uint.MaxValue;
        uint kind = BinaryPrimitives.ReadUInt32BigEndian(sample[at..]) >> shift;
        return ((byte)Math.Min(kind, byte.MaxValue), BinaryPrimitives.ReadUInt32BigEndian(sample[(at + word)..]) & mask);
    }
}
