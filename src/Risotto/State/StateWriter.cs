using System.Buffers.Binary;

namespace Risotto.State;

/// <summary>Writes a state file or a journal: a header, then blocks.</summary>
internal sealed class StateWriter : IDisposable
{
    private readonly FileStream _file;
    private readonly StateHeader _header;
    private byte[] _block = new byte[64 << 10];
    private long _blocks;

    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public StateWriter(string path, StateHeader header)
    {
        _header = header;
        // The stream has no buffer, so that a block survives the process as soon as Write has returned.
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        Path = path;
        Span<byte> bytes = stackalloc byte[StateHeader.Length];
        header.Write(bytes);
        _file.Write(bytes);
        Length = bytes.Length;
    }

    public string Path { get; }

    public long Length { get; private set; }

    /// <summary>Room for the payload of the next block. The spans of earlier calls must not be used any more.</summary>
    public Span<byte> Payload(int bytes)
    {
        if (_block.Length < StateBlock.HeaderLength + bytes)
            Array.Resize(ref _block, StateBlock.HeaderLength + bytes);
        return _block.AsSpan(StateBlock.HeaderLength, bytes);
    }

    /// <summary>Writes the block whose payload is the first bytes of <see cref="Payload"/>.</summary>
    public void Write(StateBlockKind kind, int bytes)
    {
        var block = _block.AsSpan(0, StateBlock.HeaderLength + bytes);
        StateBlock.Seal(block, kind, _header.BlockSeed(_blocks));
        _file.Write(block);
        _blocks++;
        Length += block.Length;
    }

    /// <summary>Writes the last block and flushes the file to the disk.</summary>
    public void Finish()
    {
        BinaryPrimitives.WriteInt64LittleEndian(Payload(sizeof(long)), _blocks);
        Write(StateBlockKind.End, sizeof(long));
        _file.Flush(flushToDisk: true);
    }

    public void Dispose() => _file.Dispose();
}
