using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Risotto.Decode.Bgp;

/// <summary>Walks path attributes one by one, repeated ones included, up to the first that is cut off.</summary>
internal ref struct PathAttributeEnumerator(ReadOnlySpan<byte> attributes)
{
    private readonly int _length = attributes.Length;
    private ReadOnlySpan<byte> _rest = attributes;

    public byte Flags { get; private set; }

    public byte Type { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Bytes before <see cref="Value"/>, from the first attribute on.</summary>
    public readonly int ValueStart => _length - _rest.Length - Value.Length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MoveNext()
    {
        if (_rest.Length < 3)
            return false;
        Flags = _rest[0];
        Type = _rest[1];
        bool extended = (Flags & PathAttributes.ExtendedLength) != 0;
        int header = extended ? 4 : 3;
        if (_rest.Length < header)
            return false;
        int length = extended ? BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]) : _rest[2];
        if (length > _rest.Length - header)
            return false;
        Value = _rest.Slice(header, length);
        _rest = _rest[(header + length)..];
        return true;
    }

    /// <summary>
    /// After the last whole attribute: the one that is cut off, with as much of its value as there is. False where not even its type is
    /// there.
    /// </summary>
    public bool MoveToCut()
    {
        if (_rest.Length < 2)
            return false;
        Flags = _rest[0];
        Type = _rest[1];
        Value = _rest[Math.Min(_rest.Length, (Flags & PathAttributes.ExtendedLength) != 0 ? 4 : 3)..];
        _rest = default;
        return true;
    }
}
