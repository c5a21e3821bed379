using System.Buffers.Binary;
using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Frame;

/// <summary>
/// Frames a pcap stream, packet by packet, in bytes that the caller pushes. PcapReader of the Captures project pulls from a blocking stream
/// and has a window of its own; a body arrives in pieces that are in the server's memory already.
/// </summary>
/// <remarks>
/// draft-ietf-opsawg-pcap. File header, 24 bytes: magic(4) version(2+2) reserved(8) snaplen(4) link type(4).
/// Packet record: seconds(4) fraction(4) captured length(4) original length(4), then the packet.
/// </remarks>
internal sealed class PcapFramer
{
    /// <summary>The largest snap length of libpcap, so no valid record is longer.</summary>
    public const int MaxPacketBytes = 262_144;

    public const int FileHeaderBytes = 24;
    public const int RecordHeaderBytes = 16;

    private const uint MicrosecondMagic = 0xA1B2C3D4;
    private const uint NanosecondMagic = 0xA1B23C4D;

    // The upper bits of the link type field describe the frame check sequence after the packet.
    private const uint LinkTypeMask = 0x03FF_FFFF;

    private bool _begun;
    private bool _bigEndian;
    private uint _fractionNs;

    /// <summary>The link type of all packets. It is known after the first packet.</summary>
    public LinkType LinkType { get; private set; }

    /// <summary>Reads the packet at <paramref name="position"/>, and moves the position after it.</summary>
    /// <returns>False when the rest of <paramref name="input"/> is no whole packet, or has an <paramref name="error"/>.</returns>
    public bool TryRead(
        ReadOnlySpan<byte> input, ref int position, out ReadOnlySpan<byte> packet, out ulong timeNs, out BodyErrorCode error)
    {
        packet = default;
        timeNs = 0;
        error = BodyErrorCode.None;
        if (!_begun && !TryReadFileHeader(input, ref position, out error))
            return false;
        var rest = input[position..];
        if (rest.Length < RecordHeaderBytes)
            return false;
        uint captured = UInt32(rest[8..]);
        if (captured > MaxPacketBytes)
        {
            error = BodyErrorCode.PcapPacketTooLong;
            return false;
        }
        if (rest.Length - RecordHeaderBytes < (int)captured)
            return false;
        timeNs = UInt32(rest) * 1_000_000_000UL + UInt32(rest[4..]) * (ulong)_fractionNs;
        packet = rest.Slice(RecordHeaderBytes, (int)captured);
        position += RecordHeaderBytes + (int)captured;
        return true;
    }

    private bool TryReadFileHeader(ReadOnlySpan<byte> input, ref int position, out BodyErrorCode error)
    {
        error = BodyErrorCode.None;
        var header = input[position..];
        if (header.Length >= 4)
        {
            uint little = BinaryPrimitives.ReadUInt32LittleEndian(header), big = BinaryPrimitives.ReadUInt32BigEndian(header);
            _bigEndian = big is MicrosecondMagic or NanosecondMagic;
            uint magic = _bigEndian ? big : little;
            if (magic is not (MicrosecondMagic or NanosecondMagic))
                error = BodyErrorCode.PcapMagicUnknown;
            _fractionNs = magic == NanosecondMagic ? 1u : 1_000u;
        }
        if (error != BodyErrorCode.None || header.Length < FileHeaderBytes)
            return false;
        uint linkType = UInt32(header[20..]) & LinkTypeMask;
        if (linkType > ushort.MaxValue || !LinkLayer.Knows((LinkType)linkType))
        {
            error = BodyErrorCode.PcapLinkTypeUnknown;
            return false;
        }
        LinkType = (LinkType)linkType;
        position += FileHeaderBytes;
        _begun = true;
        return true;
    }

    private uint UInt32(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
