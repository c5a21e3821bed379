namespace Captures.Pcap;

/// <summary>
/// Reads a file through a forward-only window. The window grows with the bytes that the file holds, not with a length that it claims.
/// </summary>
internal sealed class CaptureBytes(Stream source)
{
    private const int InitialBytes = 64 << 10;

    private byte[] _buffer = new byte[InitialBytes];
    private int _start;
    private int _end;

    /// <summary>Offset of the next byte.</summary>
    public long Offset { get; private set; }

    /// <summary>The fault of the operating system or the decompressor; null at a plain end.</summary>
    public string? Failure { get; private set; }

    /// <summary>
    /// Returns the next <paramref name="count"/> bytes without consuming them. If there are fewer, returns false and the rest.
    /// </summary>
    public bool TryPeek(int count, out ReadOnlyMemory<byte> bytes)
    {
        while (_end - _start < count && TryFill())
        {
        }
        bool enough = _end - _start >= count;
        bytes = _buffer.AsMemory(_start, enough ? count : _end - _start);
        return enough;
    }

    public bool TryRead(int count, out ReadOnlyMemory<byte> bytes)
    {
        bool enough = TryPeek(count, out bytes);
        if (enough)
            Advance(count);
        return enough;
    }

    public bool TrySkip(long count)
    {
        while (count > 0)
        {
            int part = (int)Math.Min(count, InitialBytes);
            if (!TryRead(part, out _))
                return false;
            count -= part;
        }
        return true;
    }

    private void Advance(int count)
    {
        _start += count;
        Offset += count;
    }

    private bool TryFill()
    {
        if (_start == _end)
            _start = _end = 0;
        if (_end == _buffer.Length)
            MakeRoom();
        int read = ReadSome();
        _end += read;
        return read > 0;
    }

    private void MakeRoom()
    {
        int length = _end - _start;
        if (_start > 0)
            _buffer.AsSpan(_start, length).CopyTo(_buffer);
        else
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        (_start, _end) = (0, length);
    }

    private int ReadSome()
    {
        if (Failure is not null)
            return 0;
        try
        {
            return source.Read(_buffer.AsSpan(_end));
        }
        catch (InvalidDataException)
        {
            Failure = "the compressed data is broken or cut off";
        }
        catch (IOException e)
        {
            Failure = e.Message;
        }
        return 0;
    }
}
