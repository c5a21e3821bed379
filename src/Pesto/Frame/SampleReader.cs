using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Pesto.Frame;

/// <summary>
/// Walks the samples of a datagram or the records of a sample, which have the same frame: format(4: 20 bits enterprise, 12 bits format)
/// length(4) value, padded to 4 bytes (sflow_version_5.txt, "sample_record", "flow_record", "counter_record").
/// </summary>
internal ref struct SampleReader(ReadOnlySpan<byte> bytes, uint announced)
{
    private const int HeadBytes = 8;

    private ReadOnlySpan<byte> _rest = bytes;
    private uint _left = announced;

    /// <summary>True after the last sample that can be read, when the next one claims more bytes than there are.</summary>
    public readonly bool IsCut => _left > 0 && _rest.Length >= HeadBytes;

    /// <summary>
    /// True after the last sample that can be read, when more are announced but the rest is too short for a sample's head.
    /// </summary>
    public readonly bool IsMissing => _left > 0 && _rest.Length < HeadBytes;

    /// <summary>False: there are no more, or the rest is shorter than it announces.</summary>
    /// <param name="format">The enterprise in the upper 20 bits, the format in the lower 12.</param>
    /// <param name="value">The value without the padding.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(out uint format, out ReadOnlySpan<byte> value)
    {
        format = 0;
        value = default;
        if (_left == 0 || _rest.Length < HeadBytes)
            return false;
        ulong head = BinaryPrimitives.ReadUInt64BigEndian(_rest);
        uint length = (uint)head;
        if (length > (uint)(_rest.Length - HeadBytes))
            return false;
        format = (uint)(head >> 32);
        value = _rest.Slice(HeadBytes, (int)length);
        // An agent may leave out the last one's padding.
        _rest = _rest[Math.Min(_rest.Length, HeadBytes + (((int)length + 3) & -4))..];
        _left--;
        return true;
    }
}
