using System.Buffers.Binary;
using System.Text;

namespace Shared.Records.CapnProto;

/// <summary>
/// Writes one single-segment message, stream-framed and unpacked, straight into a given span: 4 octets segment count - 1,
/// 4 octets words, the words. The root struct comes first, what its pointers refer to is appended behind. It allocates
/// nothing; the caller gives a span that is large enough (see <see cref="Size"/>) and zeroed by <see cref="Begin"/>.
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

    /// <summary>Starts a message whose root has the given words of data and pointers.</summary>
    public static MessageWriter Begin(Span<byte> space, int dataWords, int pointerWords) => new(space, dataWords, pointerWords);

    /// <summary>Octets of a message without lists; each <see cref="Bytes"/> of n octets adds n rounded up to words.</summary>
    public static int Size(int dataWords, int pointerWords) => HeaderBytes + WordBytes * (1 + dataWords + pointerWords);

    public readonly void UInt8(int octet, byte value) => _space[_dataStart + octet] = value;

    public readonly void UInt16(int octet, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(_space[(_dataStart + octet)..], value);

    public readonly void UInt32(int octet, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_space[(_dataStart + octet)..], value);

    public readonly void UInt64(int octet, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(_space[(_dataStart + octet)..], value);

    /// <summary>Sets root pointer <paramref name="index"/> to a Data value.</summary>
    public void Data(int index, scoped ReadOnlySpan<byte> value) => Bytes(_pointerStart + index * WordBytes, value, value.Length);

    /// <summary>Sets root pointer <paramref name="index"/> to a Text value (UTF-8, its NUL added).</summary>
    public void Text(int index, string value)
    {
        Span<byte> utf8 = stackalloc byte[256];
        Encoding.UTF8.TryGetBytes(value, utf8, out int length);
        Bytes(_pointerStart + index * WordBytes, utf8[..length], length + 1);
    }

    /// <summary>
    /// Sets root pointer <paramref name="index"/> to a list of <paramref name="count"/> structs of one data word and one pointer;
    /// returns the octet of the first element, for <see cref="ElementHead"/> and <see cref="ElementData"/>.
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

    /// <summary>The data word of element <paramref name="element"/> of a list begun by <see cref="StructList"/>.</summary>
    public readonly void ElementHead(int first, int element, ulong value) => Put(first + element * 2 * WordBytes, value);

    /// <summary>The Data pointer of that element.</summary>
    public void ElementData(int first, int element, scoped ReadOnlySpan<byte> value) =>
        Bytes(first + (element * 2 + 1) * WordBytes, value, value.Length);

    /// <summary>Writes the segment header; returns the octets of the whole message.</summary>
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

    private readonly void Put(int octet, ulong word) => BinaryPrimitives.WriteUInt64LittleEndian(_space[octet..], word);
}
