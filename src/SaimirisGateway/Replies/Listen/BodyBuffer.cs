using System.Buffers;
using SaimirisGateway.Replies.Pipeline;

namespace SaimirisGateway.Replies.Listen;

/// <summary>The part of a body that is not taken yet, in one piece. It grows with what has come, not with what a record claims.</summary>
internal sealed class BodyBuffer : IDisposable
{
    private const int FirstBytes = 64 << 10;

    // The largest record, and room for more to come at once.
    private static readonly int MaxBytes = ReplyPipeline.MaxRecordBytes + FirstBytes;

    private byte[] _octets = ArrayPool<byte>.Shared.Rent(FirstBytes);
    private int _length;

    public int Length => _length;

    public ReadOnlySpan<byte> Octets => _octets.AsSpan(0, _length);

    /// <summary>Takes as much of <paramref name="body"/> as there is room for, and leaves the rest of it.</summary>
    public void Fill(ref ReadOnlySequence<byte> body)
    {
        if (_length == _octets.Length && _length < MaxBytes)
            Grow();
        int taken = (int)Math.Min(body.Length, _octets.Length - _length);
        body.Slice(0, taken).CopyTo(_octets.AsSpan(_length));
        _length += taken;
        body = body.Slice(taken);
    }

    /// <summary>The first octets are done with.</summary>
    public void Consume(int count)
    {
        _octets.AsSpan(count, _length - count).CopyTo(_octets);
        _length -= count;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_octets);

    private void Grow()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Min(2 * _octets.Length, MaxBytes));
        Octets.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_octets);
        _octets = larger;
    }
}
