using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Risotto.Encode;

/// <summary>The numbers of <c>kind</c> in schemas/peer.capnp.</summary>
internal enum PeerEventKind : byte
{
    PeerUp = 0,
    PeerDown = 1,
    Initiation = 2,
    Termination = 3,
    SessionOpen = 4,
    SessionClosed = 5,
}

/// <summary>
/// Writes <c>PeerEvent</c> records (schemas/peer.capnp). A record is bounded: it has the first 256 capabilities of an OPEN, the first
/// 64 Information TLVs and 4,096 bytes of each, and 4,096 bytes of a Peer Down's data.
/// </summary>
internal static class PeerEventEncoder
{
    private const int DataWords = 9, PointerWords = 8;
    private const int MaxCapabilities = 256, MaxInformation = 64, MaxBytes = 4096;
    private const ushort TerminationReason = 1;

    // The positions of the fields in the data section, in bytes, and the numbers of the pointers.
    private const int TimeReceivedNs = 0, TimeBmpHeaderNs = 8, RouterPort = 16, Kind = 18, PeerType = 19, PeerFlags = 20, Reason = 22,
        CollectorEpochNs = 24, Sequence = 32, PeerDistinguisher = 40, PeerAsn = 48, PeerBgpId = 52, LocalPort = 56, RemotePort = 58,
        LocalAsn = 60, LocalBgpId = 64, HoldTime = 68;

    private const int RouterAddr = 0, CollectorId = 1, PeerAddr = 2, LocalAddr = 3, SentCapabilities = 4, ReceivedCapabilities = 5,
        InformationList = 6, Data = 7;

    public static int Session(Span<byte> space, RecordOrigin origin, PeerEventKind kind, in RecordOrder order) =>
        Begin(space, origin, kind, order).Finish();

    public static int Information(Span<byte> space, RecordOrigin origin, MessageType type, ReadOnlySpan<byte> tlvs, in RecordOrder order)
    {
        bool isTermination = type == MessageType.TerminationMessage;
        var writer = Begin(space, origin, isTermination ? PeerEventKind.Termination : PeerEventKind.Initiation, order);
        for (var tlv = new InformationTlv(tlvs); isTermination && tlv.MoveNext();)
        {
            if (tlv.Type == TerminationReason && new WireReader(tlv.Value).TryReadUInt16(out ushort reason))
                writer.UInt16(Reason, reason);
        }
        WriteInformation(ref writer, tlvs);
        return writer.Finish();
    }

    public static int PeerUp(Span<byte> space, RecordOrigin origin, in PerPeerHeader header, in PeerUpNotification up, in RecordOrder order)
    {
        var writer = Begin(space, origin, PeerEventKind.PeerUp, order);
        WriteHeader(ref writer, header);
        Span<byte> address = stackalloc byte[16];
        up.LocalAddress.CopyTo(address);
        writer.Data(LocalAddr, address);
        writer.UInt16(LocalPort, up.LocalPort);
        writer.UInt16(RemotePort, up.RemotePort);
        writer.UInt32(LocalAsn, up.SentOpen.As);
        writer.UInt32(LocalBgpId, up.SentOpen.BgpId);
        writer.UInt16(HoldTime, up.HasOpens ? Math.Min(up.SentOpen.HoldTime, up.ReceivedOpen.HoldTime) : (ushort)0);
        WriteCapabilities(ref writer, SentCapabilities, up.SentOpen.Capabilities);
        WriteCapabilities(ref writer, ReceivedCapabilities, up.ReceivedOpen.Capabilities);
        WriteInformation(ref writer, up.Information);
        return writer.Finish();
    }

    public static int PeerDown(Span<byte> space, RecordOrigin origin, in PerPeerHeader header, in PeerDownNotification down,
        in RecordOrder order)
    {
        var writer = Begin(space, origin, PeerEventKind.PeerDown, order);
        WriteHeader(ref writer, header);
        writer.UInt16(Reason, down.Reason);
        writer.Data(Data, Cut(down.Data));
        return writer.Finish();
    }

    private static MessageWriter Begin(Span<byte> space, RecordOrigin origin, PeerEventKind kind, in RecordOrder order)
    {
        var writer = MessageWriter.Begin(space, DataWords, PointerWords);
        writer.UInt64(TimeReceivedNs, order.ReceivedNs);
        writer.UInt16(RouterPort, origin.RouterPort);
        writer.UInt8(Kind, (byte)kind);
        writer.UInt64(CollectorEpochNs, origin.CollectorEpochNs);
        writer.UInt64(Sequence, order.Sequence);
        writer.Data(RouterAddr, origin.RouterAddr);
        writer.Text(CollectorId, origin.CollectorId);
        return writer;
    }

    private static void WriteHeader(ref MessageWriter writer, in PerPeerHeader header)
    {
        Span<byte> address = stackalloc byte[16];
        header.Address.CopyTo(address);
        writer.Data(PeerAddr, address);
        writer.UInt64(TimeBmpHeaderNs, header.TimestampNs);
        writer.UInt8(PeerType, (byte)header.PeerType);
        writer.UInt8(PeerFlags, (byte)header.Flags);
        writer.UInt64(PeerDistinguisher, header.Distinguisher);
        writer.UInt32(PeerAsn, header.As);
        writer.UInt32(PeerBgpId, header.BgpId);
    }

    private static void WriteCapabilities(ref MessageWriter writer, int pointer, CapabilityEnumerator capabilities)
    {
        int count = 0;
        for (var each = capabilities; count < MaxCapabilities && each.MoveNext();)
            count++;
        if (count == 0)
            return;
        int list = writer.StructList(pointer, count);
        for (int i = 0; i < count && capabilities.MoveNext(); i++)
        {
            writer.ElementHead(list, i, (byte)capabilities.Current.Code);
            writer.ElementData(list, i, capabilities.Current.Value);
        }
    }

    private static void WriteInformation(ref MessageWriter writer, ReadOnlySpan<byte> tlvs)
    {
        int count = 0;
        for (var each = new InformationTlv(tlvs); count < MaxInformation && each.MoveNext();)
            count++;
        if (count == 0)
            return;
        int list = writer.StructList(InformationList, count);
        var tlv = new InformationTlv(tlvs);
        for (int i = 0; i < count && tlv.MoveNext(); i++)
        {
            writer.ElementHead(list, i, tlv.Type);
            writer.ElementData(list, i, Cut(tlv.Value));
        }
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> value) => value[..Math.Min(value.Length, MaxBytes)];
}
