using System.Buffers;
using System.IO.Compression;

namespace SaimirisGateway.Replies.Listen;

/// <summary>
/// Reads what a Brotli stream (RFC 7932) expands to. The runtime's own stream takes one that is cut off for one that has ended, and then nobody
/// would know that records are missing.
/// </summary>
/// <param name="compressed">The caller's to dispose of.</param>
internal sealed class BrotliBody(Stream compressed) : ExpandedBody
{
    private readonly byte[] _input = ArrayPool<byte>.Shared.Rent(16 << 10);
    private BrotliDecoder _decoder;
    private int _start, _end;
    private bool _isOver;

    /// <exception cref="InvalidDataException">It is no Brotli stream, is cut off, or something stands behind its end.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!_isOver && !buffer.IsEmpty)
        {
            var status = _decoder.Decompress(_input.AsSpan(_start, _end - _start), buffer.Span, out int consumed, out int written);
            _start += consumed;
            if (status == OperationStatus.InvalidData)
                throw new InvalidDataException("it is no Brotli stream");
            _isOver = status == OperationStatus.Done;
            if (_isOver && (_start < _end || await compressed.ReadAsync(_input, cancellationToken) > 0))
                throw new InvalidDataException("something stands behind the end of the Brotli stream");
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
        // The decoder keeps what it has not used up yet.
        int kept = _end - _start;
        _input.AsSpan(_start, kept).CopyTo(_input);
        int read = await compressed.ReadAsync(_input.AsMemory(kept), cancel);
        (_start, _end) = (0, kept + read);
        if (read == 0)
            throw new InvalidDataException("the Brotli stream is cut off");
    }
}
