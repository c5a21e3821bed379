using System.Buffers.Binary;
using Shared.Records.Wire;

namespace Captures.Pcap;

/// <summary>
/// The classic format. File header, 24 octets: magic(4) version(2+2) reserved(8) snaplen(4) link type(4).
/// Packet record: seconds(4) fraction(4) captured length(4) original length(4), then the packet.
/// </summary>
internal sealed class PcapFormat(CaptureBytes bytes) : ICaptureFormat
{
    private const uint MicrosecondMagic = 0xA1B2C3D4;
    private const uint NanosecondMagic = 0xA1B23C4D;
    private const int FileHeaderBytes = 24;
    private const int RecordHeaderBytes = 16;

    // The upper bits of the link type field tell of a frame check sequence behind the packet.
    private const uint LinkTypeMask = 0x03FF_FFFF;

    private bool _begun;
    private bool _bigEndian;
    private uint _fractionNs;
    private LinkType _linkType;

    public static bool Recognises(ReadOnlySpan<byte> magic) =>
        BinaryPrimitives.ReadUInt32LittleEndian(magic) is MicrosecondMagic or NanosecondMagic ||
        BinaryPrimitives.ReadUInt32BigEndian(magic) is MicrosecondMagic or NanosecondMagic;

    public bool TryRead(long number, out CapturedPacket packet, out PcapError? error)
    {
        packet = default;
        error = null;
        if (!_begun && !TryReadFileHeader(out error))
            return false;
        long offset = bytes.Offset;
        if (!bytes.TryRead(RecordHeaderBytes, out var header))
        {
            if (!header.IsEmpty)
                error = new PcapError(offset, $"the file is cut off in the header of packet {number}");
            return false;
        }
        ulong seconds = UInt32(header.Span);
        ulong fraction = UInt32(header.Span[4..]);
        uint captured = UInt32(header.Span[8..]);
        uint original = UInt32(header.Span[12..]);
        if (captured > PcapReader.MaxPacketBytes)
        {
            error = new PcapError(offset, $"packet {number} claims {captured} octets, more than {PcapReader.MaxPacketBytes},");
            return false;
        }
        if (!bytes.TryRead((int)captured, out var data))
        {
            error = new PcapError(offset, $"the file is cut off in packet {number}, which has {data.Length} of its {captured} octets and begins");
            return false;
        }
        packet = new CapturedPacket(number, seconds * 1_000_000_000 + fraction * _fractionNs, _linkType, data, original, offset);
        return true;
    }

    private bool TryReadFileHeader(out PcapError? error)
    {
        error = null;
        if (!bytes.TryRead(FileHeaderBytes, out var header))
        {
            error = new PcapError(bytes.Offset, "the file is cut off in the pcap file header");
            return false;
        }
        _bigEndian = header.Span[0] == 0xA1;
        _fractionNs = UInt32(header.Span) == NanosecondMagic ? 1u : 1_000u;
        _linkType = (LinkType)(UInt32(header.Span[20..]) & LinkTypeMask);
        _begun = true;
        return true;
    }

    private uint UInt32(ReadOnlySpan<byte> octets) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(octets) : BinaryPrimitives.ReadUInt32LittleEndian(octets);
}
