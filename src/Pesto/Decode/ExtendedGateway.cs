using System.Buffers.Binary;
using Pesto.Frame;
using Pesto.Record;

namespace Pesto.Decode;

/// <summary>
/// sflow_version_5.txt, "extended_gateway": next hop(address) own AS(4) source AS(4) source peer AS(4), path to the destination as
/// count(4) and segments of type(4) count(4) AS numbers(4 each), communities as count(4) and 4 bytes each, local preference(4).
/// </summary>
internal ref struct ExtendedGateway
{
    private const int SegmentHeadBytes = 8;

    private ReadOnlySpan<byte> _segments;
    private uint _segmentCount;

    public SFlowAddress NextHop { get; private set; }

    /// <summary>AS numbers of all segments together.</summary>
    public int PathLength { get; private set; }

    /// <summary>4 bytes each, most significant byte first.</summary>
    public ReadOnlySpan<byte> Communities { get; private set; }

    /// <returns>False: a count in it leads out of the record; the row stays unchanged.</returns>
    public bool TryRead(ReadOnlySpan<byte> record, ref FlowRow row)
    {
        if (!SFlowAddress.TryRead(ref record, out var nextHop) || record.Length < 16)
            return false;
        var numbers = record;
        _segmentCount = BinaryPrimitives.ReadUInt32BigEndian(record[12..]);
        _segments = record[16..];
        if (!TryMeasurePath(out int pathBytes, out uint lastAs))
            return false;
        var rest = _segments[pathBytes..];
        if (!BinaryPrimitives.TryReadUInt32BigEndian(rest, out uint communities) || communities > (uint)(rest.Length - 4) / 4)
            return false;
        int communityBytes = (int)communities * 4;
        if (!BinaryPrimitives.TryReadUInt32BigEndian(rest[(4 + communityBytes)..], out uint localPref))
            return false;
        NextHop = nextHop;
        Communities = rest.Slice(4, communityBytes);
        row.Present |= FlowParts.ExtendedGateway;
        row.RouterAs = BinaryPrimitives.ReadUInt32BigEndian(numbers);
        row.SrcAs = BinaryPrimitives.ReadUInt32BigEndian(numbers[4..]);
        row.SrcPeerAs = BinaryPrimitives.ReadUInt32BigEndian(numbers[8..]);
        row.DstAs = lastAs;
        row.LocalPref = localPref;
        return true;
    }

    /// <summary>Writes the AS numbers, least significant byte first.</summary>
    public readonly void CopyPath(Span<byte> target)
    {
        var rest = _segments;
        for (uint i = 0; i < _segmentCount; i++)
        {
            int bytes = (int)BinaryPrimitives.ReadUInt32BigEndian(rest[4..]) * 4;
            CopyNumbers(rest.Slice(SegmentHeadBytes, bytes), target);
            target = target[bytes..];
            rest = rest[(SegmentHeadBytes + bytes)..];
        }
    }

    /// <summary>Reverses the byte order of 4-byte numbers.</summary>
    public static void CopyNumbers(ReadOnlySpan<byte> numbers, Span<byte> target)
    {
        for (int at = 0; at < numbers.Length; at += 4)
            BinaryPrimitives.WriteUInt32LittleEndian(target[at..], BinaryPrimitives.ReadUInt32BigEndian(numbers[at..]));
    }

    // Each segment has a head in the record, so the record's length bounds the loop.
    private bool TryMeasurePath(out int bytes, out uint lastAs)
    {
        (bytes, lastAs, PathLength) = (0, 0, 0);
        for (uint i = 0; i < _segmentCount; i++)
        {
            if (_segments.Length - bytes < SegmentHeadBytes)
                return false;
            uint count = BinaryPrimitives.ReadUInt32BigEndian(_segments[(bytes + 4)..]);
            bytes += SegmentHeadBytes;
            if (count > (uint)(_segments.Length - bytes) / 4)
                return false;
            bytes += (int)count * 4;
            PathLength += (int)count;
            if (count > 0)
                lastAs = BinaryPrimitives.ReadUInt32BigEndian(_segments[(bytes - 4)..]);
        }
        return true;
    }
}
