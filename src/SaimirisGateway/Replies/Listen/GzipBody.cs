using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace SaimirisGateway.Replies.Listen;

/// <summary>
/// Reads what a gzip stream of one member expands to (RFC 1952). The runtime's own stream takes one that is cut off for one that has ended; what tells
/// is the trailer: CRC32(4) ISIZE(4), little endian, of what it expands to.
/// </summary>
internal sealed class GzipBody : ExpandedBody
{
    private const int TrailerBytes = 8;

    private readonly LastOctets _compressed;
    private readonly GZipStream _expanded;
    private readonly Crc32 _crc = new();
    private uint _size;

    /// <param name="compressed">The caller's to dispose of.</param>
    public GzipBody(Stream compressed)
    {
        _compressed = new LastOctets(compressed);
        _expanded = new GZipStream(_compressed, CompressionMode.Decompress);
    }

    /// <exception cref="InvalidDataException">It is no gzip stream, is cut off, or something stands behind its end.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await _expanded.ReadAsync(buffer, cancellationToken);
        _crc.Append(buffer.Span[..read]);
        _size += (uint)read;
        if (read == 0 && !buffer.IsEmpty && !IsWhole())
            throw new InvalidDataException("the gzip stream is cut off, or is none of one member");
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _expanded.Dispose();
        base.Dispose(disposing);
    }

    private bool IsWhole()
    {
        ulong trailer = BinaryPrimitives.ReadUInt64LittleEndian(_compressed.Tail);
        return _compressed.Octets > TrailerBytes && trailer == ((ulong)_size << 32 | _crc.GetCurrentHashAsUInt32());
    }

    private sealed class LastOctets(Stream stream) : ExpandedBody
    {
        private readonly byte[] _tail = new byte[TrailerBytes];

        public long Octets { get; private set; }

        public ReadOnlySpan<byte> Tail => _tail;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await stream.ReadAsync(buffer, cancellationToken);
            Octets += read;
            var last = buffer.Span[Math.Max(0, read - TrailerBytes)..read];
            _tail.AsSpan(last.Length).CopyTo(_tail);
            last.CopyTo(_tail.AsSpan(TrailerBytes - last.Length));
            return read;
        }
    }
}
