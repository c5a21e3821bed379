using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace SaimirisGateway.Replies.Listen;

/// <summary>
/// Decompresses a gzip stream of one member (RFC 1952), and checks that it is complete. The runtime's own stream takes a cut stream for a
/// complete one. The trailer shows the difference: CRC32(4) ISIZE(4) of the decompressed bytes, little endian.
/// </summary>
internal sealed class CheckedGzipStream : AsyncReadStream
{
    private const int TrailerBytes = 8;

    private readonly TailStream _compressed;
    private readonly GZipStream _decompressed;
    private readonly Crc32 _crc = new();
    private uint _size;

    /// <param name="compressed">The caller disposes of it.</param>
    public CheckedGzipStream(Stream compressed)
    {
        _compressed = new TailStream(compressed);
        _decompressed = new GZipStream(_compressed, CompressionMode.Decompress);
    }

    /// <exception cref="InvalidDataException">The stream is not gzip, is cut off, or has bytes after its end.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await _decompressed.ReadAsync(buffer, cancellationToken);
        _crc.Append(buffer.Span[..read]);
        _size += (uint)read;
        if (read == 0 && !buffer.IsEmpty && !IsWhole())
            throw new InvalidDataException("the gzip stream is cut off, or has more than one member");
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _decompressed.Dispose();
        base.Dispose(disposing);
    }

    private bool IsWhole()
    {
        ulong trailer = BinaryPrimitives.ReadUInt64LittleEndian(_compressed.Tail);
        return _compressed.BytesRead > TrailerBytes && trailer == ((ulong)_size << 32 | _crc.GetCurrentHashAsUInt32());
    }

    // Remembers the last bytes that were read.
    private sealed class TailStream(Stream stream) : AsyncReadStream
    {
        private readonly byte[] _tail = new byte[TrailerBytes];

        public long BytesRead { get; private set; }

        public ReadOnlySpan<byte> Tail => _tail;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await stream.ReadAsync(buffer, cancellationToken);
            BytesRead += read;
            var last = buffer.Span[Math.Max(0, read - TrailerBytes)..read];
            _tail.AsSpan(last.Length).CopyTo(_tail);
            last.CopyTo(_tail.AsSpan(TrailerBytes - last.Length));
            return read;
        }
    }
}
