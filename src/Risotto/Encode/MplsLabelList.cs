using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Risotto.Decode.Bgp;
using Risotto.Record;
using Shared.Records.CapnProto;

namespace Risotto.Encode;

/// <summary>Writes <c>mplsLabels</c>: the label stack of one prefix, top first.</summary>
internal static class MplsLabelList
{
    private const int Word = 8;

    /// <param name="space">Starts with a record that is laid out; the list becomes its last part.</param>
    /// <param name="size">The length of the record; it grows by the list.</param>
    /// <param name="labels">Three bytes for each label: its 20 bits come first.</param>
    public static void Write(Span<byte> space, ref int size, ReadOnlySpan<byte> labels)
    {
        int pointer = UpdateLayout.Pointer(UpdatePointer.MplsLabels), count = labels.Length / NlriReader.LabelLength, list = size;
        UpdateEncoder.Put(space, pointer, WirePointer.List(UpdateEncoder.Offset(pointer, size), WirePointer.FourBytes, count));
        size += (count + 1 & ~1) * 4;
        UpdateEncoder.Put(space, size - Word, 0);
        for (; !labels.IsEmpty; list += 4, labels = labels[NlriReader.LabelLength..])
            BinaryPrimitives.WriteUInt32LittleEndian(space[list..], (uint)(labels[0] << 12 | labels[1] << 4 | labels[2] >> 4));
        MemoryMarshal.AsRef<UpdateRow>(space).SegmentWords = (uint)(size - Word) / Word;
    }
}
