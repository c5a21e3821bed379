using System.Buffers.Binary;
using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Frame;

/// <summary>
/// One pcap stream, packet by packet, over octets that are pushed. Shared's PcapReader pulls from a blocking stream instead, and keeps
/// a window of its own: a body comes in pieces that lie in the server's memory already.
/// </summary>
/// <remarks>
/// draft-ietf-opsawg-pcap. File header, 24 octets: magic(4) version(2+2) reserved(8) snaplen(4) link type(4).
/// Packet record: seconds(4) fraction(4) captured length(4) original length(4), then the packet.
/// </remarks>
internal sealed class PcapFramer
{
    /// <summary>libpcap's own largest snap length: no honest record claims more.</summary>
    public const int MaxPacketBytes = 262_144;

    public const int FileHeaderBytes = 24;
    public const int RecordHeaderBytes = 16;

    private const uint MicrosecondMagic = 0xA1B2C3D4;
    private const uint NanosecondMagic = 0xA1B23C4D;

    // The upper bits of the link type field tell of a frame check sequence behind the packet.
    private const uint LinkTypeMask = 0x03FF_FFFF;

    private bool _begun;
    private bool _bigEndian;
    private uint _fractionNs;

    /// <summary>What every packet begins with; known with the first.</summary>
    public LinkType LinkType { get; private set; }

    /// <summary>The next packet at <paramref name="position"/>, which goes on behind it.</summary>
    /// <returns>False: the rest of <paramref name="input"/> is no whole packet, or <paramref name="error"/> says what is wrong with it.</returns>
    public bool TryRead(ReadOnlySpan<byte> input, ref int position, out ReadOnlySpan<byte> packet, out ulong timeNs, out BodyErrorCode error)
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

    private uint UInt32(ReadOnlySpan<byte> octets) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(octets) : BinaryPrimitives.ReadUInt32LittleEndian(octets);
}
