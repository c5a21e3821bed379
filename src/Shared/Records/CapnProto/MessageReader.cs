using System.Buffers.Binary;

namespace Shared.Records.CapnProto;

/// <summary>
/// Reads unpacked Cap'n Proto messages from memory, within <see cref="MessageLimits"/>. One instance reads one message after another.
/// Bad input never throws: every Try method returns false, and <see cref="Error"/> says what is wrong and where.
/// </summary>
/// <remarks>
/// capnproto.org/encoding.html. A stream of messages: segment count - 1 (4), each segment's words (4 each), padded to 8; the segments.
/// </remarks>
public sealed class MessageReader(MessageLimits limits)
{
    internal const int WordBytes = 8;

    private readonly int[] _segmentStart = new int[limits.MaxSegments];
    private readonly int[] _segmentEnd = new int[limits.MaxSegments];
    private int _segments;
    private long _wordsLeft;

    public MessageReader()
        : this(new MessageLimits())
    {
    }

    /// <summary>The error of the last Try method that returned false.</summary>
    public MessageError Error { get; private set; }

    /// <summary>Reads the root struct of the message at the start of <paramref name="input"/>, and the message's length in bytes.</summary>
    public bool TryRead(ReadOnlySpan<byte> input, out StructReader root, out int consumed)
    {
        Error = default;
        root = default;
        if (!TryReadSegmentTable(input, out consumed))
            return false;
        _wordsLeft = limits.MaxTraversedWords;
        return TryReadStruct(input[..consumed], 0, _segmentStart[0], 0, out root);
    }

    private bool TryReadSegmentTable(ReadOnlySpan<byte> input, out int end)
    {
        end = 0;
        if (input.Length < 4)
            return Fail(MessageErrorCode.Incomplete, input.Length);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(input) + 1;
        if (count == 0 || count > (uint)limits.MaxSegments)
            return Fail(MessageErrorCode.TooManySegments, 0);
        _segments = (int)count;
        int tableBytes = (4 + 4 * _segments + 7) & ~7;
        if (input.Length < tableBytes)
            return Fail(MessageErrorCode.Incomplete, input.Length);
        long words = 0;
        for (int i = 0; i < _segments; i++)
        {
            _segmentStart[i] = (int)(tableBytes + words * WordBytes);
            words += BinaryPrimitives.ReadUInt32LittleEndian(input[(4 + 4 * i)..]);
            if (words > limits.MaxWords)
                return Fail(MessageErrorCode.TooManyWords, 4 + 4 * i);
            _segmentEnd[i] = (int)(tableBytes + words * WordBytes);
        }
        if (input.Length < _segmentEnd[_segments - 1])
            return Fail(MessageErrorCode.Incomplete, input.Length);
        if (_segmentEnd[0] == _segmentStart[0])
            return Fail(MessageErrorCode.PointerOutOfBounds, _segmentStart[0]);
        end = _segmentEnd[_segments - 1];
        return true;
    }

    /// <summary>
    /// Struct pointer, low bits first: kind 0 (2), offset in words from the pointer's end (30, signed), data words (16), pointers (16).
    /// A null pointer is a struct of defaults.
    /// </summary>
    internal bool TryReadStruct(ReadOnlySpan<byte> message, int segment, int pointerAt, int depth, out StructReader value)
    {
        value = new StructReader(this, message, 0, 0, 0, 0, 0, depth + 1);
        if (!TryResolve(message, segment, pointerAt, out var pointer))
            return false;
        if (pointer.Word == 0)
            return true;
        if ((pointer.Word & 3) != 0)
            return Fail(MessageErrorCode.WrongPointerKind, pointerAt);
        if (depth >= limits.MaxDepth)
            return Fail(MessageErrorCode.TooDeep, pointerAt);
        int dataWords = (ushort)(pointer.Word >> 32);
        int pointers = (ushort)(pointer.Word >> 48);
        if (!TryTake(pointer, dataWords + pointers, dataWords + pointers, pointerAt, out int at))
            return false;
        int dataBytes = dataWords * WordBytes;
        value = new StructReader(this, message, pointer.Segment, at, dataBytes, at + dataBytes, pointers, depth + 1);
        return true;
    }

    /// <summary>
    /// List pointer, low bits first: kind 1 (2), offset (30, signed), element size (3), count (29): of elements, or of words after
    /// the tag if the elements are structs. The tag is a struct pointer whose offset is the number of elements.
    /// A null pointer is an empty list.
    /// </summary>
    internal bool TryReadList(
        ReadOnlySpan<byte> message, int segment, int pointerAt, ElementSize expected, int depth, out ListReader value)
    {
        value = new ListReader(this, message, 0, 0, 0, 0, 0, 0, depth + 1);
        if (!TryResolve(message, segment, pointerAt, out var pointer))
            return false;
        if (pointer.Word == 0)
            return true;
        if ((pointer.Word & 3) != 1)
            return Fail(MessageErrorCode.WrongPointerKind, pointerAt);
        if (depth >= limits.MaxDepth)
            return Fail(MessageErrorCode.TooDeep, pointerAt);
        if ((ElementSize)((pointer.Word >> 32) & 7) != expected)
            return Fail(MessageErrorCode.WrongElementSize, pointerAt);
        int count = (int)(pointer.Word >> 35);
        if (expected == ElementSize.Composite)
            return TryReadComposite(message, pointer, count, pointerAt, depth, out value);
        int bits = expected switch
        {
            ElementSize.Void => 0,
            ElementSize.Bit => 1,
            ElementSize.Byte => 8,
            ElementSize.TwoBytes => 16,
            ElementSize.FourBytes => 32,
            _ => 64,
        };
        long words = ((long)count * bits + 63) / 64;
        if (!TryTake(pointer, words, expected == ElementSize.Void ? count : words, pointerAt, out int at))
            return false;
        value = new ListReader(this, message, pointer.Segment, at, count, bits / 8, 0, 0, depth + 1);
        return true;
    }

    /// <summary>Reads the bytes of a Data or Text value; Text without its final zero.</summary>
    internal bool TryReadBytes(ReadOnlySpan<byte> message, int segment, int pointerAt, bool isText, int depth, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!TryReadList(message, segment, pointerAt, ElementSize.Byte, depth, out var list))
            return false;
        value = message.Slice(list.At, list.Count);
        if (!isText || list.At == 0)
            return true;
        if (value is not [.., 0])
            return Fail(MessageErrorCode.TextNotTerminated, list.At);
        value = value[..^1];
        return true;
    }

    internal bool Fail(MessageErrorCode code, int offset)
    {
        Error = new MessageError(code, offset);
        return false;
    }

    private bool TryReadComposite(
        ReadOnlySpan<byte> message, scoped in Resolved pointer, int words, int pointerAt, int depth, out ListReader value)
    {
        value = default;
        if (!TryTake(pointer, 1L + words, 1L + words, pointerAt, out int at))
            return false;
        ulong tag = BinaryPrimitives.ReadUInt64LittleEndian(message[at..]);
        long count = (uint)tag >> 2;
        int dataWords = (ushort)(tag >> 32);
        int pointers = (ushort)(tag >> 48);
        if ((tag & 3) != 0)
            return Fail(MessageErrorCode.WrongPointerKind, at);
        if (count * (dataWords + pointers) > words)
            return Fail(MessageErrorCode.PointerOutOfBounds, at);
        // Elements of no size take no bytes, but a visit to each costs time.
        if (dataWords + pointers == 0 && !TrySpend(count, at))
            return false;
        value = new ListReader(this, message, pointer.Segment, at + WordBytes, (int)count,
            (dataWords + pointers) * WordBytes, dataWords * WordBytes, pointers, depth + 1);
        return true;
    }

    /// <summary>Holds a pointer word and the byte of the message to which it points.</summary>
    private readonly record struct Resolved(ulong Word, int Segment, long Target);

    /// <summary>
    /// Follows a far pointer, low bits first: kind 2 (2), two-word pad (1), offset of the landing pad in words (29), segment (32).
    /// A pad of one word is the pointer itself; of two words: a far pointer to the content, and the pointer without its offset.
    /// </summary>
    private bool TryResolve(ReadOnlySpan<byte> message, int segment, int pointerAt, out Resolved pointer)
    {
        ulong word = BinaryPrimitives.ReadUInt64LittleEndian(message[pointerAt..]);
        pointer = Near(word, segment, pointerAt);
        if ((word & 3) != 2)
            return true;
        bool twoWords = (word & 4) != 0;
        if (!TryLand(word, twoWords ? 2 : 1, pointerAt, out int padSegment, out int pad))
            return false;
        ulong first = BinaryPrimitives.ReadUInt64LittleEndian(message[pad..]);
        if (!twoWords)
        {
            pointer = Near(first, padSegment, pad);
            return (first & 3) != 2 || Fail(MessageErrorCode.WrongPointerKind, pad);
        }
        if ((first & 7) != 2)
            return Fail(MessageErrorCode.WrongPointerKind, pad);
        if (!TryLand(first, 0, pad, out int contentSegment, out int content))
            return false;
        ulong tag = BinaryPrimitives.ReadUInt64LittleEndian(message[(pad + WordBytes)..]);
        pointer = new Resolved(tag, contentSegment, content);
        return (tag & 3) < 2 || Fail(MessageErrorCode.WrongPointerKind, pad + WordBytes);
    }

    private static Resolved Near(ulong word, int segment, int at) =>
        new(word, segment, at + WordBytes + (long)((int)(uint)word >> 2) * WordBytes);

    private bool TryLand(ulong far, int words, int pointerAt, out int segment, out int at)
    {
        segment = at = 0;
        uint index = (uint)(far >> 32);
        if (index >= (uint)_segments)
            return Fail(MessageErrorCode.PointerOutOfBounds, pointerAt);
        segment = (int)index;
        long start = _segmentStart[segment] + ((long)(uint)far >> 3) * WordBytes;
        if (start + words * WordBytes > _segmentEnd[segment])
            return Fail(MessageErrorCode.PointerOutOfBounds, pointerAt);
        at = (int)start;
        return TrySpend(words, pointerAt);
    }

    private bool TryTake(scoped in Resolved pointer, long words, long cost, int pointerAt, out int at)
    {
        at = 0;
        if (pointer.Target < _segmentStart[pointer.Segment] || pointer.Target + words * WordBytes > _segmentEnd[pointer.Segment])
            return Fail(MessageErrorCode.PointerOutOfBounds, pointerAt);
        at = (int)pointer.Target;
        return TrySpend(cost, pointerAt);
    }

    private bool TrySpend(long words, int at)
    {
        _wordsLeft -= words;
        return _wordsLeft >= 0 || Fail(MessageErrorCode.TraversedTooMuch, at);
    }
}
