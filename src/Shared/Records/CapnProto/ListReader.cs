using System.Buffers.Binary;

namespace Shared.Records.CapnProto;

/// <summary>Reads the elements of a list of a message. An index out of range throws, as with an array.</summary>
public readonly ref struct ListReader
{
    private readonly MessageReader _reader;
    private readonly ReadOnlySpan<byte> _message;
    private readonly int _segment;
    private readonly int _elementBytes;
    private readonly int _dataBytes;
    private readonly int _pointers;
    private readonly int _depth;

    internal ListReader(
        MessageReader reader, ReadOnlySpan<byte> message, int segment, int at, int count,
        int elementBytes, int dataBytes, int pointers, int depth)
    {
        _reader = reader;
        _message = message;
        _segment = segment;
        At = at;
        Count = count;
        _elementBytes = elementBytes;
        _dataBytes = dataBytes;
        _pointers = pointers;
        _depth = depth;
    }

    public int Count { get; }

    /// <summary>The byte of the message at which the first element begins; 0: there is no list.</summary>
    internal int At { get; }

    /// <summary>An element of a list that was read as <see cref="ElementSize.FourBytes"/>.</summary>
    public uint UInt32(int index) => BinaryPrimitives.ReadUInt32LittleEndian(_message[Element(index)..]);

    /// <summary>An element of a list that was read as <see cref="ElementSize.Composite"/>.</summary>
    public StructReader Struct(int index)
    {
        int at = Element(index);
        return new StructReader(_reader, _message, _segment, at, _dataBytes, at + _dataBytes, _pointers, _depth);
    }

    private int Element(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return At + index * _elementBytes;
    }
}
