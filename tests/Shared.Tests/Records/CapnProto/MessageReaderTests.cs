using System.Buffers.Binary;
using System.Text;
using Shared.Records.CapnProto;

namespace Shared.Tests.Records.CapnProto;

/// <summary>
/// Messages are written word by word from the encoding's description; those of the reference implementation are read in Suite.Tests.
/// </summary>
public sealed class MessageReaderTests
{
    private readonly MessageReader _reader = new(
        new MessageLimits { MaxSegments = 4, MaxWords = 64, MaxDepth = 3, MaxTraversedWords = 100 });

    [Fact]
    public void A_struct_reads_its_fields_and_defaults_beyond_its_sections()
    {
        byte[] message = Message([StructPointer(0, 1, 1), 0x8000_0003_0002_0102, ListPointer(0, 2, 3), 0x0000_0000_0043_4241]);
        Assert.True(_reader.TryRead([.. message, 1, 2, 3], out var root, out int consumed));
        Assert.Equal(message.Length, consumed);
        Assert.Equal(0x8000_0003_0002_0102, root.ReadUInt64(0));
        Assert.Equal((0x0002_0102u, 0x0102, 2), (root.ReadUInt32(0), root.ReadUInt16(0), root.ReadByte(0)));
        Assert.Equal((true, false, true), (root.ReadBool(1), root.ReadBool(0), root.ReadBool(63)));
        Assert.Equal(
            (0ul, 0u, 0, 0, false), (root.ReadUInt64(8), root.ReadUInt32(8), root.ReadUInt16(8), root.ReadByte(8), root.ReadBool(64)));
        Assert.True(root.TryReadData(0, out var data));
        Assert.Equal("ABC", Encoding.ASCII.GetString(data));
        Assert.True(root.TryReadData(1, out data) && data.IsEmpty);
        Assert.True(root.TryReadText(7, out data) && data.IsEmpty);
        Assert.True(root.TryReadList(1, ElementSize.Composite, out var list));
        Assert.Equal(0, list.Count);
        Assert.True(root.TryReadStruct(1, out var nothing));
        Assert.Equal(0ul, nothing.ReadUInt64(0));
    }

    [Fact]
    public void Text_comes_without_the_zero_that_ends_it()
    {
        byte[] message = Message([StructPointer(0, 0, 2), ListPointer(1, 2, 4), ListPointer(0, 2, 1), 0x0043_4241, 0x41]);
        byte[] broken = Message([StructPointer(0, 0, 1), ListPointer(0, 2, 1), 0x41]);
        Assert.True(_reader.TryRead(message, out var root, out _));
        Assert.True(root.TryReadText(0, out var text));
        Assert.Equal("ABC", Encoding.ASCII.GetString(text));
        Assert.True(_reader.TryRead(broken, out root, out _));
        Assert.False(root.TryReadText(0, out _));
        Assert.Equal(new MessageError(MessageErrorCode.TextNotTerminated, 24), _reader.Error);
    }

    [Fact]
    public void A_list_of_structs_reads_every_element()
    {
        byte[] message = Message(
            [StructPointer(0, 0, 1), ListPointer(0, 7, 4), StructPointer(2, 1, 1), 11, ListPointer(2, 4, 1), 22, 0, 99]);
        Assert.True(_reader.TryRead(message, out var root, out _));
        Assert.True(root.TryReadList(0, ElementSize.Composite, out var list));
        Assert.Equal(2, list.Count);
        Assert.Equal((11u, 22u), (list.Struct(0).ReadUInt32(0), list.Struct(1).ReadUInt32(0)));
        Assert.True(list.Struct(0).TryReadList(0, ElementSize.FourBytes, out var inner));
        Assert.Equal(99u, inner.UInt32(0));
    }

    [Fact]
    public void Far_pointers_lead_to_other_segments()
    {
        // Segment 0: a far pointer to segment 1, whose landing pad is a struct pointer. There: a list by a landing pad of two
        // words in segment 0, which names segment 2.
        ulong[] first = [Far(0, 1, twoWords: false), Far(0, 2, twoWords: false), ListPointer(0, 4, 2)];
        ulong[] second = [StructPointer(0, 1, 1), 77, Far(1, 0, twoWords: true)];
        ulong[] third = [0x0000_0006_0000_0005];
        Assert.True(_reader.TryRead(Message(first, second, third), out var root, out _));
        Assert.Equal(77ul, root.ReadUInt64(0));
        Assert.True(root.TryReadList(0, ElementSize.FourBytes, out var list));
        Assert.Equal((2, 5u, 6u), (list.Count, list.UInt32(0), list.UInt32(1)));
    }

    [Theory]
    [InlineData(MessageErrorCode.WrongPointerKind, 8, 0x0000_0002_0000_0001)]       // a list where the root struct should be
    [InlineData(MessageErrorCode.WrongPointerKind, 8, 0x3)]                         // a capability
    [InlineData(MessageErrorCode.PointerOutOfBounds, 8, 0x0000_0005_0000_0000)]     // five data words of one
    [InlineData(MessageErrorCode.PointerOutOfBounds, 8, 0x0000_0001_FFFF_FFF0)]     // before the segment
    [InlineData(MessageErrorCode.PointerOutOfBounds, 8, 0x0000_0001_0000_0002)]     // a segment that is not there
    [InlineData(MessageErrorCode.PointerOutOfBounds, 8, 0x0000_0000_0000_0012)]     // a landing pad after the segment
    [InlineData(MessageErrorCode.WrongPointerKind, 8, 0x0000_0000_0000_0002)]       // a far pointer to itself
    [InlineData(MessageErrorCode.WrongPointerKind, 16, 0x0000_0000_0000_000E)]      // two words that are no far pointer
    public void A_bad_root_pointer_is_refused(MessageErrorCode code, int offset, ulong pointer)
    {
        ulong[] words = code == MessageErrorCode.WrongPointerKind && offset == 16 ? [pointer, 5, 0] : [pointer, 5];
        Assert.False(_reader.TryRead(Message(words), out _, out _));
        Assert.Equal(new MessageError(code, offset), _reader.Error);
    }

    [Theory]
    [InlineData(MessageErrorCode.WrongElementSize, ElementSize.FourBytes, 0x0000_000A_0000_0001)]           // one byte
    [InlineData(MessageErrorCode.PointerOutOfBounds, ElementSize.EightBytes, 0x0000_0015_0000_0001)]        // two words of one
    [InlineData(MessageErrorCode.PointerOutOfBounds, ElementSize.FourBytes, 0xFFFF_FFFC_0000_0001)]
    [InlineData(MessageErrorCode.PointerOutOfBounds, ElementSize.Composite, 0x0000_000F_0000_0001)]         // a tag for more than one word
    [InlineData(MessageErrorCode.TraversedTooMuch, ElementSize.Void, 0xFFFF_FFF8_0000_0001)]                // half a billion of nothing
    [InlineData(MessageErrorCode.WrongPointerKind, ElementSize.FourBytes, 0x0000_0001_0000_0000)]           // a struct
    public void A_bad_list_pointer_is_refused(MessageErrorCode code, ElementSize expected, ulong pointer)
    {
        Assert.True(_reader.TryRead(Message([StructPointer(0, 0, 1), pointer, StructPointer(9, 1, 0)]), out var root, out _));
        Assert.False(root.TryReadList(0, expected, out _));
        Assert.Equal(code, _reader.Error.Code);
    }

    [Fact]
    public void A_composite_list_of_nothing_costs_what_it_claims()
    {
        byte[] message = Message([StructPointer(0, 0, 1), ListPointer(0, 7, 0), StructPointer(0x1FFF_FFFF, 0, 0)]);
        Assert.True(_reader.TryRead(message, out var root, out _));
        Assert.False(root.TryReadList(0, ElementSize.Composite, out _));
        Assert.Equal(MessageErrorCode.TraversedTooMuch, _reader.Error.Code);
    }

    [Fact]
    public void Structs_within_one_another_end_at_the_depth_limit_and_a_loop_with_them()
    {
        // The struct's only pointer leads to the struct itself.
        Assert.True(_reader.TryRead(Message([StructPointer(0, 0, 1), StructPointer(-1, 0, 1)]), out var value, out _));
        int depth = 1;
        while (value.TryReadStruct(0, out var inner))
        {
            value = inner;
            depth++;
        }
        Assert.Equal((3, MessageErrorCode.TooDeep), (depth, _reader.Error.Code));
    }

    [Fact]
    public void The_same_bytes_cannot_be_visited_again_and_again()
    {
        Assert.True(_reader.TryRead(Message([StructPointer(0, 0, 1), ListPointer(0, 5, 10), .. new ulong[10]]), out var root, out _));
        int visits = 0;
        while (root.TryReadList(0, ElementSize.EightBytes, out _))
            visits++;
        Assert.Equal((9, MessageErrorCode.TraversedTooMuch), (visits, _reader.Error.Code));
    }

    [Fact]
    public void The_segment_table_is_bounded_before_it_is_used()
    {
        AssertRefused(MessageErrorCode.TooManySegments, [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]);
        AssertRefused(MessageErrorCode.TooManySegments, [4, 0, 0, 0, 0, 0, 0, 0]);
        AssertRefused(MessageErrorCode.TooManyWords, [0, 0, 0, 0, 65, 0, 0, 0]);
        AssertRefused(MessageErrorCode.TooManyWords, [1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]);
        AssertRefused(MessageErrorCode.PointerOutOfBounds, [0, 0, 0, 0, 0, 0, 0, 0]);
        byte[] message = Message([StructPointer(0, 1, 0), 1], [2]);
        for (int cut = 0; cut < message.Length; cut++)
            AssertRefused(MessageErrorCode.Incomplete, message[..cut]);
    }

    private void AssertRefused(MessageErrorCode code, byte[] input)
    {
        Assert.False(_reader.TryRead(input, out _, out int consumed));
        Assert.Equal((code, 0), (_reader.Error.Code, consumed));
    }

    private static ulong StructPointer(int offset, ushort dataWords, ushort pointers) =>
        (uint)(offset << 2) | (ulong)dataWords << 32 | (ulong)pointers << 48;

    private static ulong ListPointer(int offset, uint elementSize, uint count) =>
        (uint)(offset << 2) | 1 | (ulong)elementSize << 32 | (ulong)count << 35;

    private static ulong Far(uint offset, uint segment, bool twoWords) =>
        offset << 3 | (twoWords ? 4u : 0) | 2 | (ulong)segment << 32;

    private static byte[] Message(params ulong[][] segments)
    {
        uint[] table = [(uint)segments.Length - 1, .. segments.Select(s => (uint)s.Length)];
        if (table.Length % 2 != 0)
            table = [.. table, 0];
        return [.. table.SelectMany(Bytes), .. segments.SelectMany(s => s).SelectMany(w => Bytes((uint)w).Concat(Bytes((uint)(w >> 32))))];
    }

    private static byte[] Bytes(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
