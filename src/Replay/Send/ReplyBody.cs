using System.Buffers;
using System.Buffers.Binary;
using Shared.Records.Wire;

namespace Replay.Send;

/// <summary>Builds one request body: a pcap with times in nanoseconds. The capture itself may have any format.</summary>
internal sealed class ReplyBody
{
    private const uint NanosecondMagic = 0xA1B23C4D;
    private const int MaxPacketBytes = 262_144;

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private LinkType _linkType;

    public int Records { get; private set; }

    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    /// <summary>False if the body has packets of another link type, because a pcap has only one.</summary>
    public bool CanHold(LinkType linkType) => Records == 0 || linkType == _linkType;

    /// <summary>
    /// Writes magic(4) version(2+2) reserved(8) snaplen(4) link type(4), and for each packet seconds(4) nanoseconds(4) captured(4)
    /// original(4).
    /// </summary>
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
            _bytes.Write(head);
        }
        BinaryPrimitives.WriteUInt32LittleEndian(head, (uint)(packet.TimeNs / 1_000_000_000));
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], (uint)(packet.TimeNs % 1_000_000_000));
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], (uint)packet.Data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[12..], packet.OriginalLength);
        _bytes.Write(head[..16]);
        _bytes.Write(packet.Data);
        Records++;
    }

    public void Clear()
    {
        _bytes.ResetWrittenCount();
        Records = 0;
    }
}

/// <summary>A captured packet that may be a reply.</summary>
internal readonly record struct CapturedReply(LinkType LinkType, ulong TimeNs, byte[] Data, uint OriginalLength);
