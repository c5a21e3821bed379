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

    /// <summary>False: the last one was read, or what follows does not hold what it announces.</summary>
    /// <param name="format">With the enterprise in the upper 20 bits.</param>
    /// <param name="value">Without the padding.</param>
    /// <param name="isCut">The value is longer than what is left.</param>
    /// <param name="isMissing">Nothing is left, but more was announced.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(out uint format, out ReadOnlySpan<byte> value, out bool isCut, out bool isMissing)
    {
        format = 0;
        value = default;
        isCut = isMissing = false;
        if (_left == 0)
            return false;
        if (_rest.Length < HeadBytes)
        {
            isMissing = true;
            return false;
        }
        ulong head = BinaryPrimitives.ReadUInt64BigEndian(_rest);
        format = (uint)(head >> 32);
        uint length = (uint)head;
        if (length > (uint)(_rest.Length - HeadBytes))
        {
            isCut = true;
            return false;
        }
        value = _rest.Slice(HeadBytes, (int)length);
        // The last one's padding may be left out.
        _rest = _rest[Math.Min(_rest.Length, HeadBytes + (((int)length + 3) & -4))..];
        _left--;
        return true;
    }
}
