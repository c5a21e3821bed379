namespace Captures.Pcap;

/// <summary>A forward-only window over a file. It grows with the octets that are there, not with a length that a file claims.</summary>
internal sealed class CaptureBytes(Stream source)
{
    private const int InitialBytes = 64 << 10;

    private byte[] _buffer = new byte[InitialBytes];
    private int _start;
    private int _end;

    /// <summary>Octet of the file that is read next.</summary>
    public long Offset { get; private set; }

    /// <summary>What the operating system or the decompressor said, when it was not simply the end.</summary>
    public string? Failure { get; private set; }

    /// <summary>The next <paramref name="count"/> octets, not yet consumed; false, with what is left, when there are fewer.</summary>
    public bool TryPeek(int count, out ReadOnlyMemory<byte> octets)
    {
        while (_end - _start < count && TryFill())
        {
        }
        bool enough = _end - _start >= count;
        octets = _buffer.AsMemory(_start, enough ? count : _end - _start);
        return enough;
    }

    public bool TryRead(int count, out ReadOnlyMemory<byte> octets)
    {
        bool enough = TryPeek(count, out octets);
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
