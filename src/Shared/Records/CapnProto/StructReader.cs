using System.Buffers.Binary;

namespace Shared.Records.CapnProto;

/// <summary>
/// Reads the fields of a struct of a message. Offsets are those of the schema's layout (<c>capnp compile -ocapnp</c>): bytes or bits of
/// the data section, numbers of pointers. A field that the writer's schema does not have reads as its default.
/// </summary>
public readonly ref struct StructReader
{
    private readonly MessageReader _reader;
    private readonly ReadOnlySpan<byte> _message;
    private readonly int _segment;
    private readonly int _dataAt;
    private readonly int _dataBytes;
    private readonly int _pointersAt;
    private readonly int _pointers;
    private readonly int _depth;

    internal StructReader(
        MessageReader reader, ReadOnlySpan<byte> message, int segment, int dataAt, int dataBytes, int pointersAt, int pointers, int depth)
    {
        _reader = reader;
        _message = message;
        _segment = segment;
        _dataAt = dataAt;
        _dataBytes = dataBytes;
        _pointersAt = pointersAt;
        _pointers = pointers;
        _depth = depth;
    }

    private ReadOnlySpan<byte> Data => _message.Slice(_dataAt, _dataBytes);

    public bool ReadBool(int bit) => (ReadByte(bit / 8) >> (bit % 8) & 1) != 0;

    public byte ReadByte(int offset) => offset < _dataBytes ? Data[offset] : (byte)0;

    public ushort ReadUInt16(int offset) => offset + 2 <= _dataBytes ? BinaryPrimitives.ReadUInt16LittleEndian(Data[offset..]) : (ushort)0;

    public uint ReadUInt32(int offset) => offset + 4 <= _dataBytes ? BinaryPrimitives.ReadUInt32LittleEndian(Data[offset..]) : 0;

    public ulong ReadUInt64(int offset) => offset + 8 <= _dataBytes ? BinaryPrimitives.ReadUInt64LittleEndian(Data[offset..]) : 0;

    public bool TryReadData(int pointer, out ReadOnlySpan<byte> value)
    {
        value = default;
        return pointer >= _pointers || _reader.TryReadBytes(_message, _segment, PointerAt(pointer), isText: false, _depth, out value);
    }

    /// <summary>Reads UTF-8 without the final zero.</summary>
    public bool TryReadText(int pointer, out ReadOnlySpan<byte> value)
    {
        value = default;
        return pointer >= _pointers || _reader.TryReadBytes(_message, _segment, PointerAt(pointer), isText: true, _depth, out value);
    }

    public bool TryReadList(int pointer, ElementSize elements, out ListReader value)
    {
        value = default;
        return pointer >= _pointers || _reader.TryReadList(_message, _segment, PointerAt(pointer), elements, _depth, out value);
    }

    public bool TryReadStruct(int pointer, out StructReader value)
    {
        value = default;
        return pointer >= _pointers || _reader.TryReadStruct(_message, _segment, PointerAt(pointer), _depth, out value);
    }

    private int PointerAt(int pointer) => _pointersAt + pointer * MessageReader.WordBytes;
}
