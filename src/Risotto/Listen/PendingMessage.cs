using System.Buffers;
using System.Buffers.Binary;
using Risotto.Frame;

namespace Risotto.Listen;

/// <summary>
/// The begun BMP message of a session whose end is not there yet. Its memory comes from the pool, grows with what arrives,
/// never by the length that the message claims, and goes back as soon as the message is whole.
/// </summary>
internal sealed class PendingMessage : IDisposable
{
    private const int SmallestBuffer = 256;

    private byte[] _buffer = [];
    private int _length;

    public bool IsEmpty => _length == 0;

    public ReadOnlyMemory<byte> Octets => _buffer.AsMemory(0, _length);

    /// <summary>Takes what the message lacks from the front of <paramref name="input"/>.</summary>
    /// <returns>Octets taken: at least one where there is one, so that a session always gets on.</returns>
    public int Fill(ReadOnlySpan<byte> input)
    {
        int taken = Math.Min(Math.Max(Lacking, 1), input.Length);
        Append(input[..taken]);
        return taken;
    }

    /// <summary>Begins a message with what there is of it, or adds to it.</summary>
    public void Append(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
            return;
        int length = _length + octets.Length;
        if (length > _buffer.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(SmallestBuffer, Math.Max(length, _buffer.Length * 2)));
            Octets.CopyTo(larger);
            int kept = _length;
            Clear();
            _buffer = larger;
            _length = kept;
        }
        octets.CopyTo(_buffer.AsSpan(_length));
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

    // First the header, then what the header says; a length that cannot be lacks nothing and is the framer's to refuse.
    private int Lacking => _length < BmpFramer.HeaderLength
        ? BmpFramer.HeaderLength - _length
        : (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(1)), int.MaxValue) - _length;
}
