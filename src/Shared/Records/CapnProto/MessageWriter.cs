using System.Buffers.Binary;
using System.Text;

namespace Shared.Records.CapnProto;

/// <summary>
/// Writes one single-segment message, stream-framed and unpacked, into a given span: 4 bytes segment count - 1, 4 bytes words, the
/// words. The root struct comes first, then the values of its pointers. The writer allocates nothing. The caller gives a span that is
/// large enough (see <see cref="Size"/>); <see cref="Begin"/> clears the root struct.
/// </summary>
public ref struct MessageWriter
{
    private const int HeaderBytes = 8, WordBytes = 8;

    private readonly Span<byte> _space;
    private readonly int _dataStart, _pointerStart;
    private int _end;

    private MessageWriter(Span<byte> space, int dataWords, int pointerWords)
    {
        _space = space;
        _dataStart = HeaderBytes + WordBytes;
        _pointerStart = _dataStart + dataWords * WordBytes;
        _end = _pointerStart + pointerWords * WordBytes;
        space[.._end].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(space[HeaderBytes..], WirePointer.Struct(0, dataWords, pointerWords));
    }

    /// <summary>Starts a message whose root struct has these words of data and pointers.</summary>
    public static MessageWriter Begin(Span<byte> space, int dataWords, int pointerWords) => new(space, dataWords, pointerWords);

    /// <summary>The bytes of a message without lists. A list of n bytes adds n, rounded up to words.</summary>
    public static int Size(int dataWords, int pointerWords) => HeaderBytes + WordBytes * (1 + dataWords + pointerWords);

    public readonly void UInt8(int offset, byte value) => _space[_dataStart + offset] = value;

    public readonly void UInt16(int offset, ushort value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(_space[(_dataStart + offset)..], value);

    public readonly void UInt32(int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(_space[(_dataStart + offset)..], value);

    public readonly void UInt64(int offset, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(_space[(_dataStart + offset)..], value);

    /// <summary>Sets root pointer <paramref name="index"/> to a Data value.</summary>
    public void Data(int index, scoped ReadOnlySpan<byte> value) => Bytes(_pointerStart + index * WordBytes, value, value.Length);

    /// <summary>Sets root pointer <paramref name="index"/> to a Text value (UTF-8 with a final zero).</summary>
    public void Text(int index, string value)
    {
        Span<byte> utf8 = stackalloc byte[256];
        Encoding.UTF8.TryGetBytes(value, utf8, out int length);
        Bytes(_pointerStart + index * WordBytes, utf8[..length], length + 1);
    }

    /// <summary>
    /// Sets root pointer <paramref name="index"/> to a list of <paramref name="count"/> structs of one data word and one pointer;
    /// returns the offset of the first element, for <see cref="ElementHead"/> and <see cref="ElementData"/>.
    /// </summary>
    public int StructList(int index, int count)
    {
        int pointer = _pointerStart + index * WordBytes;
        Put(pointer, WirePointer.List(OffsetFrom(pointer), WirePointer.Composite, count * 2));
        Put(_end, WirePointer.Tag(count, 1, 1));
        int first = _end + WordBytes;
        _end = first + count * 2 * WordBytes;
        _space[first.._end].Clear();
        return first;
    }

    /// <summary>Sets the data word of element <paramref name="element"/> of a list from <see cref="StructList"/>.</summary>
    public readonly void ElementHead(int first, int element, ulong value) => Put(first + element * 2 * WordBytes, value);

    /// <summary>Sets the pointer of that element to a Data value.</summary>
    public void ElementData(int first, int element, scoped ReadOnlySpan<byte> value) =>
        Bytes(first + (element * 2 + 1) * WordBytes, value, value.Length);

    /// <summary>Writes the segment table and returns the message's length in bytes.</summary>
    public readonly int Finish()
    {
        Put(0, (ulong)((_end - HeaderBytes) / WordBytes) << 32);
        return _end;
    }

    private void Bytes(int pointer, scoped ReadOnlySpan<byte> value, int count)
    {
        Put(pointer, WirePointer.List(OffsetFrom(pointer), WirePointer.Byte, count));
        int padded = (count + WordBytes - 1) & -WordBytes;
        var target = _space.Slice(_end, padded);
        value.CopyTo(target);
        target[value.Length..].Clear();
        _end += padded;
    }

    private readonly int OffsetFrom(int pointer) => (_end - pointer) / WordBytes - 1;

    private readonly void Put(int offset, ulong word) => BinaryPrimitives.WriteUInt64LittleEndian(_space[offset..], word);
}
