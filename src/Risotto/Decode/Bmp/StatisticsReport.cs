using System.Buffers.Binary;
using Risotto.Frame;
using Shared.Records.Wire;

namespace Risotto.Decode.Bmp;

/// <summary>
/// Statistics Report, RFC 7854 4.8, after the per-peer header: Stats Count (4), then TLVs of Stat Type (2), Stat Len (2), Stat
/// Data: a 32-bit counter, a 64-bit gauge, or AFI (2), SAFI (1) and a 64-bit gauge (types 9, 10 and RFC 8671 16, 17). The
/// count is not used: the end of the message bounds the walk.
/// </summary>
internal ref struct StatisticsReport
{
    private const int Counter = 4, Gauge = 8, FamilyGauge = 11;

    private WireReader _rest;

    private StatisticsReport(WireReader rest) => _rest = rest;

    public ushort Type { get; private set; }

    /// <summary>The family of a per-AFI/SAFI statistic; else 0.</summary>
    public ushort Afi { get; private set; }

    public byte Safi { get; private set; }

    public ulong Value { get; private set; }

    /// <summary>The data when its length is none of the three.</summary>
    public ReadOnlySpan<byte> Raw { get; private set; }

    public static bool TryRead(ReadOnlySpan<byte> body, int offset, out StatisticsReport report, out BmpError error)
    {
        report = default;
        error = default;
        var reader = new WireReader(body, offset);
        if (!reader.TrySkip(4))
        {
            error = new BmpError(BmpErrorCode.StatisticsTruncated, offset + body.Length);
            return false;
        }
        report = new StatisticsReport(reader);
        while (!reader.IsEmpty)
        {
            int start = reader.Offset;
            if (!reader.TrySkip(2) || !reader.TryReadUInt16(out ushort length) || !reader.TrySkip(length))
            {
                error = new BmpError(BmpErrorCode.StatisticsTruncated, start);
                return false;
            }
        }
        return true;
    }

    public bool MoveNext()
    {
        if (!_rest.TryReadUInt16(out ushort type) || !_rest.TryReadUInt16(out ushort length) || !_rest.TryReadBytes(length, out var data))
            return false;
        Type = type;
        Afi = 0;
        Safi = 0;
        Value = 0;
        Raw = default;
        switch (length)
        {
            case Counter:
                Value = BinaryPrimitives.ReadUInt32BigEndian(data);
                break;
            case Gauge:
                Value = BinaryPrimitives.ReadUInt64BigEndian(data);
                break;
            case FamilyGauge:
                Afi = BinaryPrimitives.ReadUInt16BigEndian(data);
                Safi = data[2];
                Value = BinaryPrimitives.ReadUInt64BigEndian(data[3..]);
                break;
            default:
                Raw = data;
                break;
        }
        return true;
    }
}
