using System.Buffers.Binary;

namespace Shared.Records.Wire;

/// <summary>
/// draft-ietf-opsawg-pcap, the file header of 24 bytes: magic(4) version(2+2) reserved(8) snaplen(4) link type(4). It decides how to read
/// the packet records after it.
/// </summary>
/// <param name="IsBigEndian">The byte order of the file.</param>
/// <param name="FractionNs">Nanoseconds in a unit of a record's fraction: 1 or 1,000.</param>
/// <param name="LinkType">The link type, which may not be a <see cref="Wire.LinkType"/>.</param>
public readonly record struct PcapHeader(bool IsBigEndian, uint FractionNs, uint LinkType)
{
    public const int Bytes = 24;

    private const uint MicrosecondMagic = 0xA1B2C3D4, NanosecondMagic = 0xA1B23C4D;

    // The upper bits of the link type field describe a frame check sequence after the packet.
    private const uint LinkTypeMask = 0x03FF_FFFF;

    /// <param name="bytes">At least the first 4 bytes of a file.</param>
    public static bool IsMagic(ReadOnlySpan<byte> bytes) =>
        IsMagic(BinaryPrimitives.ReadUInt32LittleEndian(bytes)) || IsMagic(BinaryPrimitives.ReadUInt32BigEndian(bytes));

    /// <param name="bytes">At least <see cref="Bytes"/>, with a magic number.</param>
    public static PcapHeader Read(ReadOnlySpan<byte> bytes)
    {
        bool isBigEndian = IsMagic(BinaryPrimitives.ReadUInt32BigEndian(bytes));
        uint fractionNs = UInt32(bytes, isBigEndian) == NanosecondMagic ? 1u : 1_000u;
        return new PcapHeader(isBigEndian, fractionNs, UInt32(bytes[20..], isBigEndian) & LinkTypeMask);
    }

    /// <param name="bytes">At least <see cref="PcapRecord.HeaderBytes"/>.</param>
    public PcapRecord ReadRecord(ReadOnlySpan<byte> bytes) => new(
        UInt32(bytes, IsBigEndian) * 1_000_000_000UL + UInt32(bytes[4..], IsBigEndian) * (ulong)FractionNs,
        UInt32(bytes[8..], IsBigEndian), UInt32(bytes[12..], IsBigEndian));

    private static bool IsMagic(uint number) => number is MicrosecondMagic or NanosecondMagic;

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}

/// <summary>The header of a packet record: seconds(4) fraction(4) captured length(4) original length(4), then the packet.</summary>
/// <param name="TimeNs">Nanoseconds since 1970 UTC.</param>
/// <param name="CapturedLength">Bytes of the packet in the file, which may be more than the file holds.</param>
/// <param name="OriginalLength">Bytes of the packet on the wire.</param>
public readonly record struct PcapRecord(ulong TimeNs, uint CapturedLength, uint OriginalLength)
{
    public const int HeaderBytes = 16;
}
