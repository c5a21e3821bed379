using System.Buffers.Binary;

namespace Shared.Records.Wire;

/// <summary>
/// Reads a frame in big-endian order, forward and within its bounds. A copy of it is a checkpoint. <see cref="TryTake"/> gives a reader
/// of a part (a TLV's value) that knows its offset in the whole frame, so that an error names the right byte. A read past the end
/// returns false and moves nothing.
/// </summary>
public ref struct WireReader
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Reads <paramref name="frame"/>, whose first byte errors call <paramref name="offset"/>.</summary>
    public WireReader(ReadOnlySpan<byte> frame, int offset = 0)
    {
        _rest = frame;
        Offset = offset;
    }

    /// <summary>Bytes from the start of the outermost frame.</summary>
    public int Offset { get; private set; }

    /// <summary>The unread bytes.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>The number of unread bytes.</summary>
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

    /// <summary>Reads the next <paramref name="length"/> bytes. False: fewer are left.</summary>
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

    /// <summary>Makes a reader of the next <paramref name="length"/> bytes. False: fewer are left.</summary>
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
