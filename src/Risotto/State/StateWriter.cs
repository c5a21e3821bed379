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
        // Without a buffer of the stream's own: what Write has returned from survives the process.
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        Path = path;
        Span<byte> octets = stackalloc byte[StateHeader.Length];
        header.Write(octets);
        _file.Write(octets);
        Length = octets.Length;
    }

    public string Path { get; }

    public long Length { get; private set; }

    /// <summary>Room for the payload of the next block; what an earlier call gave out is void.</summary>
    public Span<byte> Payload(int octets)
    {
        if (_block.Length < StateBlock.HeaderLength + octets)
            Array.Resize(ref _block, StateBlock.HeaderLength + octets);
        return _block.AsSpan(StateBlock.HeaderLength, octets);
    }

    /// <summary>Writes the block whose payload is the first octets of <see cref="Payload"/>.</summary>
    public void Write(StateBlockKind kind, int octets)
    {
        var block = _block.AsSpan(0, StateBlock.HeaderLength + octets);
        StateBlock.Seal(block, kind, _header.BlockSeed(_blocks));
        _file.Write(block);
        _blocks++;
        Length += block.Length;
    }

    /// <summary>Writes the last block and has the disk keep everything.</summary>
    public void Finish()
    {
        BinaryPrimitives.WriteInt64LittleEndian(Payload(sizeof(long)), _blocks);
        Write(StateBlockKind.End, sizeof(long));
        _file.Flush(flushToDisk: true);
    }

    public void Dispose() => _file.Dispose();
}
