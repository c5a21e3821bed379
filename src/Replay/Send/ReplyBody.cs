using System.Buffers;
using System.Buffers.Binary;
using Shared.Records.Wire;

namespace Replay.Send;

/// <summary>One body in the making: a pcap of its own, with nanoseconds, whatever the capture was.</summary>
internal sealed class ReplyBody
{
    private const uint NanosecondMagic = 0xA1B23C4D;
    private const int MaxPacketBytes = 262_144;

    private readonly ArrayBufferWriter<byte> _octets = new();
    private LinkType _linkType;

    public int Records { get; private set; }

    public ReadOnlyMemory<byte> Octets => _octets.WrittenMemory;

    /// <summary>A pcap has packets of one link type.</summary>
    public bool CanHold(LinkType linkType) => Records == 0 || linkType == _linkType;

    /// <summary>magic(4) version(2+2) reserved(8) snaplen(4) link type(4); each packet: seconds(4) nanoseconds(4) captured(4) original(4).</summary>
    public void Add(in CapturedReply packet)
    {
        Span<byte> head = stackalloc byte[24];
        head.Clear();
        if (Records == 0)
        {
            _linkType = packet.LinkType;
            BinaryPrimitives.WriteUInt32LittleEndian(head, NanosecondMagic);
            BinaryPrimitives.WriteUInt16LittleEndian(head[4..], 2);
            BinaryPrimitives.WriteUInt16LittleEndian(head[6..], 4);
            BinaryPrimitives.WriteUInt32LittleEndian(head[16..], MaxPacketBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(head[20..], (uint)packet.LinkType);
            _octets.Write(head);
        }
        BinaryPrimitives.WriteUInt32LittleEndian(head, (uint)(packet.TimeNs / 1_000_000_000));
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], (uint)(packet.TimeNs % 1_000_000_000));
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], (uint)packet.Data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[12..], packet.OriginalLength);
        _octets.Write(head[..16]);
        _octets.Write(packet.Data);
        Records++;
    }

    public void Clear()
    {
        _octets.ResetWrittenCount();
        Records = 0;
    }
}

/// <summary>One packet that may be a reply, on its way from the file to a body.</summary>
internal readonly record struct CapturedReply(LinkType LinkType, ulong TimeNs, byte[] Data, uint OriginalLength);
