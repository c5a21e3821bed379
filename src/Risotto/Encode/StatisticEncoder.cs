using Risotto.Decode.Bmp;
using Shared.Records.CapnProto;

namespace Risotto.Encode;

/// <summary>Writes <c>PeerStatistic</c> records (schemas/stats.capnp).</summary>
internal static class StatisticEncoder
{
    private const int DataWords = 9, PointerWords = 4;

    private const int TimeReceivedNs = 0, TimeBmpHeaderNs = 8, RouterPort = 16, PeerType = 18, PeerFlags = 19, StatType = 20, Afi = 22,
        CollectorEpochNs = 24, Sequence = 32, PeerDistinguisher = 40, PeerAsn = 48, PeerBgpId = 52, Safi = 56, Value = 64;

    private const int RouterAddr = 0, CollectorId = 1, PeerAddr = 2, Raw = 3;

    public static int Encode(Span<byte> space, RecordOrigin origin, in PerPeerHeader header, in StatisticsReport statistic,
        in RecordOrder order)
    {
        var writer = MessageWriter.Begin(space, DataWords, PointerWords);
        writer.UInt64(TimeReceivedNs, order.ReceivedNs);
        writer.UInt64(TimeBmpHeaderNs, header.TimestampNs);
        writer.UInt16(RouterPort, origin.RouterPort);
        writer.UInt8(PeerType, (byte)header.PeerType);
        writer.UInt8(PeerFlags, (byte)header.Flags);
        writer.UInt16(StatType, statistic.Type);
        writer.UInt16(Afi, statistic.Afi);
        writer.UInt64(CollectorEpochNs, origin.CollectorEpochNs);
        writer.UInt64(Sequence, order.Sequence);
        writer.UInt64(PeerDistinguisher, header.Distinguisher);
        writer.UInt32(PeerAsn, header.As);
        writer.UInt32(PeerBgpId, header.BgpId);
        writer.UInt8(Safi, statistic.Safi);
        writer.UInt64(Value, statistic.Value);
        writer.Data(RouterAddr, origin.RouterAddr);
        writer.Text(CollectorId, origin.CollectorId);
        Span<byte> address = stackalloc byte[16];
        header.Address.CopyTo(address);
        writer.Data(PeerAddr, address);
        if (!statistic.Raw.IsEmpty)
            writer.Data(Raw, statistic.Raw);
        return writer.Finish();
    }
}
