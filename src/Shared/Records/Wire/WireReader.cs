using System.Buffers.Binary;

namespace Shared.Records.Wire;

/// <summary>
/// A bounds-checked, forward-only, big-endian cursor over a frame. Copying it is a checkpoint; <see cref="TryTake"/> hands
/// out a cursor over a part (a TLV's value) that still knows its offset in the whole frame, so an error names the right octet.
/// A read past the end returns false and moves nothing.
/// </summary>
public ref struct WireReader
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Reads <paramref name="frame"/>, whose first octet is at <paramref name="offset"/> of what errors refer to.</summary>
    public WireReader(ReadOnlySpan<byte> frame, int offset = 0)
    {
        _rest = frame;
        Offset = offset;
    }

    /// <summary>Octets from the start of the outermost frame.</summary>
    public int Offset { get; private set; }

    /// <summary>What is not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Octets that are not read yet.</summary>
    public readonly int Remaining => _rest.Length;

    public readonly bool IsEmpty => _rest.IsEmpty;

    public bool TryReadByte(out byte value)
    {
        if (_rest.IsEmpty)
        {
            value = 0;
            return false;
        }
        value = _rest[0];
        Advance(1);
        return true;
    }

    public bool TryReadUInt16(out ushort value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_rest, out value))
            return false;
        Advance(2);
        return true;
    }

    public bool TryReadUInt32(out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(_rest, out value))
            return false;
        Advance(4);
        return true;
    }

    public bool TryReadUInt64(out ulong value)
    {
        if (!BinaryPrimitives.TryReadUInt64BigEndian(_rest, out value))
            return false;
        Advance(8);
        return true;
    }

    /// <summary>The next <paramref name="length"/> octets; false when fewer are left.</summary>
    public bool TryReadBytes(int length, out ReadOnlySpan<byte> value)
    {
        if ((uint)length > (uint)_rest.Length)
        {
            value = default;
            return false;
        }
        value = _rest[..length];
        Advance(length);
        return true;
    }

    /// <summary>A cursor over the next <paramref name="length"/> octets; false when fewer are left.</summary>
    public bool TryTake(int length, out WireReader part)
    {
        int offset = Offset;
        bool taken = TryReadBytes(length, out var bytes);
        part = new WireReader(bytes, offset);
        return taken;
    }

    public bool TrySkip(int length) => TryReadBytes(length, out _);

    private void Advance(int length)
    {
        _rest = _rest[length..];
        Offset += length;
    }
}
