using Shared.Records.Wire;

namespace Captures.Pcap;

/// <summary>Reads the packets of a pcap file, whose headers <see cref="PcapHeader"/> describes.</summary>
internal sealed class PcapFormat(CaptureBytes bytes) : ICaptureFormat
{
    private PcapHeader? _header;

    public bool TryRead(long number, out CapturedPacket packet, out PcapError? error)
    {
        packet = default;
        error = null;
        long offset = bytes.Offset;
        if (_header is not { } header)
        {
            if (!bytes.TryRead(PcapHeader.Bytes, out var fileHeader))
            {
                error = new PcapError(offset, "the file is cut off in the pcap file header");
                return false;
            }
            _header = header = PcapHeader.Read(fileHeader.Span);
            offset = bytes.Offset;
        }
        if (!bytes.TryRead(PcapRecord.HeaderBytes, out var recordHeader))
        {
            if (!recordHeader.IsEmpty)
                error = new PcapError(offset, $"the file is cut off in the header of packet {number}");
            return false;
        }
        var record = header.ReadRecord(recordHeader.Span);
        uint length = record.CapturedLength;
        if (length > PcapReader.MaxPacketBytes)
        {
            error = new PcapError(offset, $"packet {number} claims {length} bytes, more than {PcapReader.MaxPacketBytes},");
            return false;
        }
        if (!bytes.TryRead((int)length, out var data))
        {
            error = new PcapError(offset,
                $"the file is cut off in packet {number}, which has {data.Length} of its {length} bytes and begins");
            return false;
        }
        packet = new CapturedPacket(number, record.TimeNs, (LinkType)header.LinkType, data, record.OriginalLength, offset);
        return true;
    }
}
