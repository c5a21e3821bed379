using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Frame;

/// <summary>
/// Reads one pcap stream packet by packet from pieces of a request body. It copies nothing, because the pieces are in the server's memory
/// already; <see cref="PcapHeader"/> describes the headers.
/// </summary>
internal sealed class PcapFramer
{
    /// <summary>libpcap's largest snap length; a record that claims more is malformed.</summary>
    public const int MaxPacketBytes = 262_144;

    public const int FileHeaderBytes = PcapHeader.Bytes, RecordHeaderBytes = PcapRecord.HeaderBytes;

    private const int MagicBytes = 4;

    private bool _hasHeader;
    private PcapHeader _header;

    /// <summary>The link layer of every packet; known with the first.</summary>
    public LinkType LinkType => (LinkType)_header.LinkType;

    /// <summary>Reads the packet at <paramref name="position"/> and moves the position after it.</summary>
    /// <returns>False: <paramref name="input"/> holds no whole packet there, or it has the fault <paramref name="error"/>.</returns>
    public bool TryRead(ReadOnlySpan<byte> input, ref int position, out ReadOnlySpan<byte> packet, out ulong timeNs,
        out BodyErrorCode error)
    {
        packet = default;
        timeNs = 0;
        error = BodyErrorCode.None;
        if (!_hasHeader && !TryReadFileHeader(input, ref position, out error))
            return false;
        var rest = input[position..];
        if (rest.Length < RecordHeaderBytes)
            return false;
        var record = _header.ReadRecord(rest);
        uint captured = record.CapturedLength;
        if (captured > MaxPacketBytes)
        {
            error = BodyErrorCode.PcapPacketTooLong;
            return false;
        }
        if (rest.Length - RecordHeaderBytes < (int)captured)
            return false;
        timeNs = record.TimeNs;
        packet = rest.Slice(RecordHeaderBytes, (int)captured);
        position += RecordHeaderBytes + (int)captured;
        return true;
    }

    private bool TryReadFileHeader(ReadOnlySpan<byte> input, ref int position, out BodyErrorCode error)
    {
        error = BodyErrorCode.None;
        var header = input[position..];
        if (header.Length >= MagicBytes && !PcapHeader.IsMagic(header))
            error = BodyErrorCode.PcapMagicUnknown;
        if (error != BodyErrorCode.None || header.Length < FileHeaderBytes)
            return false;
        _header = PcapHeader.Read(header);
        if (_header.LinkType > ushort.MaxValue || !LinkLayer.Knows((LinkType)_header.LinkType))
        {
            error = BodyErrorCode.PcapLinkTypeUnknown;
            return false;
        }
        position += FileHeaderBytes;
        _hasHeader = true;
        return true;
    }
}
