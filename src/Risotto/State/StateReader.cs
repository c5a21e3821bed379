namespace Risotto.State;

/// <summary>Reads the blocks of a state file or a journal, one after the other, and checks each before it is used.</summary>
internal sealed class StateReader : IDisposable
{
    private readonly FileStream _file;
    private byte[] _block = new byte[64 << 10];
    private long _blocks;

    private StateReader(FileStream file, StateHeader header)
    {
        _file = file;
        Header = header;
    }

    public StateHeader Header { get; }

    /// <summary>Bytes read so far: where a damaged part begins.</summary>
    public long Position { get; private set; } = StateHeader.Length;

    /// <summary>Blocks read so far.</summary>
    public long Blocks => _blocks;

    /// <summary>Opens the file, or returns null and one phrase that says why it cannot be used.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static StateReader? Open(string path, bool isJournal, out string? problem)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        byte[] bytes = new byte[StateHeader.Length];
        int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        problem = StateHeader.TryRead(bytes.AsSpan(0, read), isJournal, out var header);
        if (problem is null)
            return new StateReader(file, header);
        file.Dispose();
        return null;
    }

    /// <summary>Reads the next block. False: the file ends here, or the rest is damaged (<paramref name="problem"/>).</summary>
    public bool TryRead(out StateBlockKind kind, out ReadOnlySpan<byte> payload, out string? problem)
    {
        kind = default;
        payload = default;
        problem = null;
        int read = _file.ReadAtLeast(_block.AsSpan(0, StateBlock.HeaderLength), StateBlock.HeaderLength, throwOnEndOfStream: false);
        if (read == 0)
            return false;
        if (read < StateBlock.HeaderLength || !StateBlock.TryReadHeader(_block, out kind, out int length))
        {
            problem = $"the block at byte {Position} has no valid header";
            return false;
        }
        int whole = StateBlock.HeaderLength + length;
        if (_block.Length < whole)
            Array.Resize(ref _block, whole);
        if (_file.ReadAtLeast(_block.AsSpan(StateBlock.HeaderLength, length), length, throwOnEndOfStream: false) < length)
        {
            problem = $"the block at byte {Position} is cut short";
            return false;
        }
        if (!StateBlock.IsSound(_block.AsSpan(0, whole), Header.BlockSeed(_blocks)))
        {
            problem = $"the block at byte {Position} is damaged";
            return false;
        }
        _blocks++;
        Position += whole;
        payload = _block.AsSpan(StateBlock.HeaderLength, length);
        return true;
    }

    public void Dispose() => _file.Dispose();
}
