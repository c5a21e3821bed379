using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pesto.Record;
using Shared.Records.Wire;

namespace Pesto.Decode;

/// <summary>
/// sflow_version_5.txt, "flow_sample": sequence(4) source(4) rate(4) pool(4) drops(4) input(4) output(4) records(4). "flow_sample_expanded"
/// gives the kind of source, input and output a word of its own before the number; "flow_sample" keeps it in the upper bits. The same code
/// reads both without a branch, because agents mix them.
/// </summary>
internal static class FlowSample
{
    public const uint Format = 1, ExpandedFormat = 3;

    private const int Words = 8, MoreWords = 3, WordBytes = 4, SourceBits = 24, InterfaceBits = 30;

    /// <summary>True for both kinds of flow samples. It is one comparison, because two branches would often be mispredicted.</summary>
    public static bool IsFlow(uint format) => (format | 2) == ExpandedFormat;

    /// <param name="format">One of the two formats.</param>
    /// <param name="records">The bytes after the fixed fields.</param>
    /// <param name="announced">The announced number of records.</param>
    /// <returns>False: the sample is shorter than its fixed fields.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(
        ReadOnlySpan<byte> sample, uint format, ref FlowRow row, out ReadOnlySpan<byte> records, out uint announced)
    {
        int expanded = (int)format >> 1;
        if (sample.Length < (Words + MoreWords) * WordBytes)
        {
            // Taking the address of the caller's variables would keep them out of registers.
            bool isRead = TryReadShort(sample, expanded, ref row, out var shortRecords, out uint shortAnnounced);
            records = shortRecords;
            announced = shortAnnounced;
            return isRead;
        }
        announced = Read(MemoryMarshal.AsRef<SampleWords>(sample), expanded, ref row);
        records = sample[((Words + MoreWords * expanded) * WordBytes)..];
        return true;
    }

    // A compact sample may be shorter than the fields of the expanded kind.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryReadShort(
        ReadOnlySpan<byte> sample, int expanded, ref FlowRow row, out ReadOnlySpan<byte> records, out uint announced)
    {
        records = default;
        announced = 0;
        if (expanded != 0 || sample.Length < Words * WordBytes)
            return false;
        var words = new SampleWords();
        sample.CopyTo(MemoryMarshal.AsBytes(new Span<SampleWords>(ref words)));
        announced = Read(words, expanded, ref row);
        records = sample[(Words * WordBytes)..];
        return true;
    }

    // `expanded` is 1 for the expanded kind, 0 for the other; no branch depends on it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Read(in SampleWords words, int expanded, ref FlowRow row)
    {
        row.SampleSequenceNumber = words[0];
        row.SourceIdType = Kind(words[1], SourceBits, expanded);
        row.SourceId = Number(words[1 + expanded], SourceBits, expanded);
        row.SamplingRate = words[2 + expanded];
        row.SamplePool = words[3 + expanded];
        row.Drops = words[4 + expanded];
        row.InputFormat = Kind(words[5 + expanded], InterfaceBits, expanded);
        row.InputInterface = Number(words[5 + 2 * expanded], InterfaceBits, expanded);
        row.OutputFormat = Kind(words[6 + 2 * expanded], InterfaceBits, expanded);
        row.OutputInterface = Number(words[6 + 3 * expanded], InterfaceBits, expanded);
        return words[7 + 3 * expanded];
    }

    // Kinds are numbers below 4. A larger one that does not fit the column becomes the column's maximum, not another kind.
    private static byte Kind(uint word, int bits, int expanded) => (byte)Math.Min(word >> (bits & (expanded - 1)), byte.MaxValue);

    private static uint Number(uint word, int bits, int expanded) => word & ((1u << bits) - 1 | (uint)-expanded);

    [InlineArray(Words + MoreWords)]
    private struct SampleWords
    {
        private BigEndian32 _first;
    }
}
