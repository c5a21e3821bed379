using System.Buffers;
using Risotto.Frame;

namespace Risotto.Listen;

/// <summary>
/// Holds the first part of a BMP message until the rest has arrived. Its memory comes from the pool, grows with the bytes that arrive and
/// not with the length that the message claims, and goes back as soon as the message is whole.
/// </summary>
internal sealed class PendingMessage : IDisposable
{
    private const int SmallestBuffer = 256;

    private byte[] _buffer = [];
    private int _length;

    public bool IsEmpty => _length == 0;

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>Takes the bytes that the message lacks from the start of <paramref name="input"/>.</summary>
    /// <returns>Bytes taken: at least one if there is one, so that a session always makes progress.</returns>
    public int Fill(ReadOnlySpan<byte> input)
    {
        int taken = Math.Min(Math.Max(Lacking, 1), input.Length);
        Append(input[..taken]);
        return taken;
    }

    /// <summary>Adds bytes to the message.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        int length = _length + bytes.Length;
        if (length > _buffer.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(SmallestBuffer, Math.Max(length, _buffer.Length * 2)));
            Bytes.CopyTo(larger);
            int kept = _length;
            Clear();
            _buffer = larger;
            _length = kept;
        }
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length = length;
    }

    /// <summary>The message is processed.</summary>
    public void Clear()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    public void Dispose() => Clear();

    // First the header, then the length that it claims. A message with an impossible length lacks nothing: the framer refuses it.
    private int Lacking => _length < CommonHeader.Length
        ? CommonHeader.Length - _length
        : (int)Math.Min(CommonHeader.MessageLength(_buffer), int.MaxValue) - _length;
}
