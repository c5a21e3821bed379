using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Pesto.Frame;

/// <summary>
/// Walks format(4: 20 bits enterprise, 12 bits format) length(4) value, padded to 4 octets: the samples of a datagram, and the records of a
/// sample, which are framed alike (sflow_version_5.txt, "sample_record", "flow_record", "counter_record").
/// </summary>
internal ref struct SampleReader(ReadOnlySpan<byte> octets, uint announced)
{
    private const int HeadBytes = 8;

    private ReadOnlySpan<byte> _rest = octets;
    private uint _left = announced;

    /// <summary>Behind the last one: its value is longer than what is left.</summary>
    public readonly bool IsCut => _left > 0 && _rest.Length >= HeadBytes;

    /// <summary>Behind the last one: more were announced, but there is not even a head of it.</summary>
    public readonly bool IsMissing => _left > 0 && _rest.Length < HeadBytes;

    /// <summary>False: the last one was read, or what follows does not hold what it announces.</summary>
    /// <param name="format">With the enterprise in the upper 20 bits.</param>
    /// <param name="value">Without the padding.</param>
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
        // The last one's padding may be left out.
        _rest = _rest[Math.Min(_rest.Length, HeadBytes + (((int)length + 3) & -4))..];
        _left--;
        return true;
    }
}
