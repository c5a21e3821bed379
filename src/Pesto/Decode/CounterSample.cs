using System.Buffers.Binary;
using Pesto.Frame;

namespace Pesto.Decode;

/// <summary>
/// sflow_version_5.txt, "counters_sample": sequence(4) source(4) number of records(4), and "counters_sample_expanded", which gives the kind
/// of source a word of its own. It keeps the records with generic interface counters (88 bytes) and Ethernet counters (52).
/// </summary>
internal ref struct CounterSample
{
    public const uint Format = 2, ExpandedFormat = 4;

    /// <summary>Bytes of "if_counters" and "ethernet_counters".</summary>
    public const int GenericBytes = 88, EthernetBytes = 52;

    private const uint GenericFormat = 1, EthernetFormat = 2, SourceIndex = 0x00FF_FFFF;

    public uint Sequence { get; private set; }

    public byte SourceIdType { get; private set; }

    public uint SourceId { get; private set; }

    /// <summary>"if_counters"; empty if the sample has none.</summary>
    public ReadOnlySpan<byte> Generic { get; private set; }

    /// <summary>"ethernet_counters"; empty if the sample has none.</summary>
    public ReadOnlySpan<byte> Ethernet { get; private set; }

    public readonly bool HasCounters => !Generic.IsEmpty || !Ethernet.IsEmpty;

    /// <returns>The error that ended the walk. The counters before it stay.</returns>
    public SFlowError Read(ReadOnlySpan<byte> sample, bool isExpanded)
    {
        int head = isExpanded ? 16 : 12;
        if (sample.Length < head)
            return SFlowError.SampleTooShort;
        Sequence = BinaryPrimitives.ReadUInt32BigEndian(sample);
        uint source = BinaryPrimitives.ReadUInt32BigEndian(sample[4..]);
        SourceIdType = isExpanded ? (byte)Math.Min(source, byte.MaxValue) : (byte)(source >> 24);
        SourceId = isExpanded ? BinaryPrimitives.ReadUInt32BigEndian(sample[8..]) : source & SourceIndex;
        var error = SFlowError.None;
        var reader = new SampleReader(sample[head..], BinaryPrimitives.ReadUInt32BigEndian(sample[(head - 4)..]));
        while (reader.TryRead(out uint format, out var record))
        {
            if (format is GenericFormat or EthernetFormat && !TryKeep(format == GenericFormat, record))
                error = SFlowError.RecordMalformed;
        }
        return reader.IsCut ? SFlowError.RecordTruncated : reader.IsMissing ? SFlowError.RecordsMissing : error;
    }

    private bool TryKeep(bool isGeneric, ReadOnlySpan<byte> record)
    {
        if (record.Length < (isGeneric ? GenericBytes : EthernetBytes))
            return false;
        if (isGeneric && Generic.IsEmpty)
            Generic = record[..GenericBytes];
        else if (!isGeneric && Ethernet.IsEmpty)
            Ethernet = record[..EthernetBytes];
        return true;
    }
}
