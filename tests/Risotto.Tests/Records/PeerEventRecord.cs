using Shared.Records.CapnProto;

namespace Risotto.Tests.Records;

/// <summary>A record of the peers topic, schemas/peer.capnp.</summary>
internal sealed class PeerEventRecord(StructReader record)
{
    public const byte PeerUp = 0, PeerDown = 1, Initiation = 2, Termination = 3, SessionOpen = 4, SessionClosed = 5;

    public ulong TimeReceivedNs { get; } = record.ReadUInt64(0);

    public ulong TimeBmpHeaderNs { get; } = record.ReadUInt64(8);

    public string RouterAddr { get; } = record.AddressText(0);

    public ushort RouterPort { get; } = record.ReadUInt16(16);

    public string CollectorId { get; } = record.Text(1);

    public ulong CollectorEpochNs { get; } = record.ReadUInt64(24);

    public ulong Sequence { get; } = record.ReadUInt64(32);

    public byte Kind { get; } = record.ReadByte(18);

    public byte PeerType { get; } = record.ReadByte(19);

    public byte PeerFlags { get; } = record.ReadByte(20);

    public ushort Reason { get; } = record.ReadUInt16(22);

    public ulong PeerDistinguisher { get; } = record.ReadUInt64(40);

    public string PeerAddr { get; } = record.Data(2).Length == 0 ? "" : record.AddressText(2);

    public uint PeerAsn { get; } = record.ReadUInt32(48);

    public uint PeerBgpId { get; } = record.ReadUInt32(52);

    public string LocalAddr { get; } = record.Data(3).Length == 0 ? "" : record.AddressText(3);

    public ushort LocalPort { get; } = record.ReadUInt16(56);

    public ushort RemotePort { get; } = record.ReadUInt16(58);

    public uint LocalAsn { get; } = record.ReadUInt32(60);

    public uint LocalBgpId { get; } = record.ReadUInt32(64);

    public ushort HoldTime { get; } = record.ReadUInt16(68);

    public (byte Code, string Value)[] SentCapabilities { get; } =
        record.Structs(4, element => (element.ReadByte(0), Convert.ToHexString(element.Data(0))));

    public (byte Code, string Value)[] ReceivedCapabilities { get; } =
        record.Structs(5, element => (element.ReadByte(0), Convert.ToHexString(element.Data(0))));

    public (ushort Type, string Value)[] Information { get; } =
        record.Structs(6, element => (element.ReadUInt16(0), System.Text.Encoding.UTF8.GetString(element.Data(0))));

    public byte[] Data { get; } = record.Data(7);
}
