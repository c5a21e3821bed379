using System.Buffers.Binary;
using Shared.Records.Wire;

namespace Captures.Pcap;

/// <summary>
/// Reads the packets of a pcapng file. Each block: type(4) total length(4) body, padded to 4 bytes, total length(4). Sections may differ in
/// byte order, and each section numbers its interfaces from 0.
/// </summary>
internal sealed class PcapngFormat(CaptureBytes bytes) : ICaptureFormat
{
    private const uint SectionHeader = 0x0A0D0D0A;
    private const uint InterfaceDescription = 1;
    private const uint ObsoletePacket = 2;
    private const uint SimplePacket = 3;
    private const uint EnhancedPacket = 6;

    private const uint ByteOrderMagic = 0x1A2B3C4D;
    private const int BlockHeaderBytes = 8;
    private const int MinBlockBytes = 12;
    private const int MaxBlockBytes = PcapReader.MaxPacketBytes + (1 << 20);
    private const int MaxInterfaces = 65_536;

    private readonly List<PcapngInterface> _interfaces = [];
    private bool _bigEndian;
    private ulong _lastTimeNs;

    public static bool Recognises(ReadOnlySpan<byte> magic) => BinaryPrimitives.ReadUInt32LittleEndian(magic) == SectionHeader;

    public bool TryRead(long number, out CapturedPacket packet, out PcapError? error)
    {
        packet = default;
        error = null;
        while (true)
        {
            long offset = bytes.Offset;
            if (!bytes.TryPeek(BlockHeaderBytes, out var header))
            {
                if (!header.IsEmpty)
                    error = new PcapError(offset, "the file is cut off in a block header");
                return false;
            }
            // The type of a section header is the same in both byte orders; its magic number decides the order.
            uint type = UInt32(header.Span);
            if (type == SectionHeader && !TryReadByteOrder(offset, out error))
                return false;
            uint length = UInt32(header.Span[4..]);
            if (length < MinBlockBytes || length % 4 != 0)
            {
                error = new PcapError(offset, $"a block claims a length of {length} bytes");
                return false;
            }
            if (type is not (InterfaceDescription or ObsoletePacket or SimplePacket or EnhancedPacket))
            {
                if (type == SectionHeader)
                    _interfaces.Clear();
                if (bytes.TrySkip(length))
                    continue;
                error = new PcapError(offset, "the file is cut off in the block that begins");
                return false;
            }
            if (!TryReadBlock(offset, length, out var body, out error))
                return false;
            if (type == InterfaceDescription)
            {
                if (!TryAddInterface(offset, body.Span, out error))
                    return false;
                continue;
            }
            return TryReadPacket(type, number, offset, body, out packet, out error);
        }
    }

    private bool TryReadByteOrder(long offset, out PcapError? error)
    {
        error = null;
        if (!bytes.TryPeek(MinBlockBytes, out var start))
        {
            error = new PcapError(offset, "the file is cut off in a section header");
            return false;
        }
        _bigEndian = BinaryPrimitives.ReadUInt32BigEndian(start.Span[8..]) == ByteOrderMagic;
        if (UInt32(start.Span[8..]) == ByteOrderMagic)
            return true;
        error = new PcapError(offset, "a section header without the byte-order magic number");
        return false;
    }

    private bool TryReadBlock(long offset, uint length, out ReadOnlyMemory<byte> body, out PcapError? error)
    {
        body = default;
        error = null;
        if (length > MaxBlockBytes)
            error = new PcapError(offset, $"a block claims {length} bytes, more than {MaxBlockBytes},");
        else if (!bytes.TryRead((int)length, out var block))
            error = new PcapError(offset, $"the file is cut off in a block, which has {block.Length} of its {length} bytes and begins");
        else if (UInt32(block.Span[^4..]) != length)
            error = new PcapError(offset, $"a block's two lengths differ ({length} and {UInt32(block.Span[^4..])})");
        else
            body = block[BlockHeaderBytes..^4];
        return error is null;
    }

    /// <summary>Interface Description Block: link type(2) reserved(2) snaplen(4) options.</summary>
    private bool TryAddInterface(long offset, ReadOnlySpan<byte> body, out PcapError? error)
    {
        error = null;
        if (body.Length < 8)
            error = new PcapError(offset, "an interface description is too short");
        else if (_interfaces.Count == MaxInterfaces)
            error = new PcapError(offset, $"more than {MaxInterfaces} interfaces");
        else
            _interfaces.Add(PcapngInterface.Read((LinkType)UInt16(body), UInt32(body[4..]), body[8..], _bigEndian));
        return error is null;
    }

    /// <summary>
    /// Enhanced Packet Block: interface(4) time(4 high, 4 low) captured(4) original(4) packet.
    /// Obsolete Packet Block: the same with interface(2) drops(2). Simple Packet Block: original(4) packet, no time.
    /// </summary>
    private bool TryReadPacket(
        uint type, long number, long offset, ReadOnlyMemory<byte> body, out CapturedPacket packet, out PcapError? error)
    {
        packet = default;
        error = null;
        bool simple = type == SimplePacket;
        int headerBytes = simple ? 4 : 20;
        if (body.Length < headerBytes)
        {
            error = new PcapError(offset, $"the block of packet {number} is too short");
            return false;
        }
        var head = body.Span;
        uint index = type switch { SimplePacket => 0u, ObsoletePacket => UInt16(head), _ => UInt32(head) };
        if (index >= (uint)_interfaces.Count)
        {
            error = new PcapError(offset, $"packet {number} names interface {index}, which no block describes,");
            return false;
        }
        var source = _interfaces[(int)index];
        uint original = UInt32(head[(headerBytes - 4)..]);
        uint captured = simple ? source.Captured(original) : UInt32(head[12..]);
        if (captured > (uint)(body.Length - headerBytes))
        {
            error = new PcapError(offset, $"packet {number} claims {captured} bytes, its block has {body.Length - headerBytes},");
            return false;
        }
        // A simple packet block has no time, so it gets the time of the packet before.
        if (!simple)
            _lastTimeNs = source.ToNanoseconds(((ulong)UInt32(head[4..]) << 32) | UInt32(head[8..]));
        packet = new CapturedPacket(number, _lastTimeNs, source.LinkType, body.Slice(headerBytes, (int)captured), original, offset);
        return true;
    }

    private ushort UInt16(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private uint UInt32(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
