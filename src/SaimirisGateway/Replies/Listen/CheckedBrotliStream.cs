using System.Buffers;
using System.IO.Compression;

namespace SaimirisGateway.Replies.Listen;

/// <summary>
/// Decompresses a Brotli stream (RFC 7932), and checks that it is complete. The runtime's own stream takes a cut stream for a complete one,
/// and then nobody would know that records are missing.
/// </summary>
/// <param name="compressed">The caller disposes of it.</param>
internal sealed class CheckedBrotliStream(Stream compressed) : AsyncReadStream
{
    private readonly byte[] _input = ArrayPool<byte>.Shared.Rent(16 << 10);
    private BrotliDecoder _decoder;
    private int _start, _end;
    private bool _isOver;

    /// <exception cref="InvalidDataException">The stream is not Brotli, is cut off, or has bytes after its end.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!_isOver && !buffer.IsEmpty)
        {
            var status = _decoder.Decompress(_input.AsSpan(_start, _end - _start), buffer.Span, out int consumed, out int written);
            _start += consumed;
            if (status == OperationStatus.InvalidData)
                throw new InvalidDataException("it is not a Brotli stream");
            _isOver = status == OperationStatus.Done;
            if (_isOver && (_start < _end || await compressed.ReadAsync(_input, cancellationToken) > 0))
                throw new InvalidDataException("there are bytes after the end of the Brotli stream");
            if (written > 0)
                return written;
            if (status == OperationStatus.NeedMoreData)
                await FillAsync(cancellationToken);
        }
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _end >= 0)
        {
            _decoder.Dispose();
            ArrayPool<byte>.Shared.Return(_input);
            _end = -1;
        }
        base.Dispose(disposing);
    }

    private async ValueTask FillAsync(CancellationToken cancel)
    {
        // The bytes that the decoder has not used yet stay.
        int unused = _end - _start;
        _input.AsSpan(_start, unused).CopyTo(_input);
        int read = await compressed.ReadAsync(_input.AsMemory(unused), cancel);
        (_start, _end) = (0, unused + read);
        if (read == 0)
            throw new InvalidDataException("the Brotli stream is cut off");
    }
}
