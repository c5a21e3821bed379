using Shared.Records.CapnProto;

namespace Risotto.Tests.Records;

/// <summary>A record of the statistics topic, schemas/stats.capnp.</summary>
internal sealed class StatisticRecord(StructReader record)
{
    public ulong TimeReceivedNs { get; } = record.ReadUInt64(0);

    public ulong TimeBmpHeaderNs { get; } = record.ReadUInt64(8);

    public string RouterAddr { get; } = record.AddressText(0);

    public ushort RouterPort { get; } = record.ReadUInt16(16);

    public string CollectorId { get; } = record.Text(1);

    public ulong CollectorEpochNs { get; } = record.ReadUInt64(24);

    public ulong Sequence { get; } = record.ReadUInt64(32);

    public byte PeerType { get; } = record.ReadByte(18);

    public byte PeerFlags { get; } = record.ReadByte(19);

    public ushort StatType { get; } = record.ReadUInt16(20);

    public ulong PeerDistinguisher { get; } = record.ReadUInt64(40);

    public string PeerAddr { get; } = record.AddressText(2);

    public uint PeerAsn { get; } = record.ReadUInt32(48);

    public uint PeerBgpId { get; } = record.ReadUInt32(52);

    public ushort Afi { get; } = record.ReadUInt16(22);

    public byte Safi { get; } = record.ReadByte(56);

    public ulong Value { get; } = record.ReadUInt64(64);

    public string Raw { get; } = Convert.ToHexString(record.Data(3));
}
