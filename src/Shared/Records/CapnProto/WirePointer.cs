namespace Shared.Records.CapnProto;

/// <summary>
/// Makes the pointer words of the Cap'n Proto encoding (https://capnproto.org/encoding.html). Offsets count words from the end of
/// the pointer word. Sizes of structs are words.
/// </summary>
public static class WirePointer
{
    /// <summary>Element size codes of a list pointer.</summary>
    public const ulong Byte = 2, FourBytes = 4, EightBytes = 5, Composite = 7;

    /// <summary>A struct pointer: A = 0, offset, data words, pointer words.</summary>
    public static ulong Struct(int offset, int dataWords, int pointerWords) =>
        (uint)(offset << 2) | ((ulong)(uint)dataWords << 32) | ((ulong)(uint)pointerWords << 48);

    /// <summary>A list pointer: A = 1, offset, element size, element count (for composite lists: words without the tag).</summary>
    public static ulong List(int offset, ulong elementSize, int count) =>
        (uint)(offset << 2 | 1) | (elementSize << 32) | ((ulong)(uint)count << 35);

    /// <summary>The tag word before a composite list's elements: a struct pointer whose offset is the element count.</summary>
    public static ulong Tag(int count, int dataWords, int pointerWords) => Struct(count, dataWords, pointerWords);
}
