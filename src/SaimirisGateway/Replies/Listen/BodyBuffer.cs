using System.Buffers;
using SaimirisGateway.Replies.Pipeline;

namespace SaimirisGateway.Replies.Listen;

/// <summary>
/// Holds the part of a body that is not consumed yet, in one piece. It grows with the bytes that arrive, not with a record's claimed
/// length.
/// </summary>
internal sealed class BodyBuffer : IDisposable
{
    private const int FirstBytes = 64 << 10;

    // The largest record, and space for the bytes that arrive with its end.
    private static readonly int MaxBytes = ReplyPipeline.MaxRecordBytes + FirstBytes;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(FirstBytes);
    private int _length;

    public int Length => _length;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Takes as many bytes of <paramref name="body"/> as there is space for, and leaves the rest in it.</summary>
    public void Fill(ref ReadOnlySequence<byte> body)
    {
        if (_length == _bytes.Length && _length < MaxBytes)
            Grow();
        int taken = (int)Math.Min(body.Length, _bytes.Length - _length);
        body.Slice(0, taken).CopyTo(_bytes.AsSpan(_length));
        _length += taken;
        body = body.Slice(taken);
    }

    /// <summary>Drops the first <paramref name="count"/> bytes.</summary>
    public void Consume(int count)
    {
        _bytes.AsSpan(count, _length - count).CopyTo(_bytes);
        _length -= count;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);

    private void Grow()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Min(2 * _bytes.Length, MaxBytes));
        Bytes.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
