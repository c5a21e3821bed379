using Shared.Records.CapnProto;

namespace Risotto.Tests.Records;

/// <summary>A record of the dead-letter topic, schemas/malformed.capnp.</summary>
internal sealed class MalformedRecord(StructReader record)
{
    public ulong TimeReceivedNs { get; } = record.ReadUInt64(0);

    public string RouterAddr { get; } = record.AddressText(0);

    public ushort RouterPort { get; } = record.ReadUInt16(8);

    /// <summary>0 everything is used, 1 a part is left out, 3 message skipped, 4 session closed.</summary>
    public byte Action { get; } = record.ReadByte(10);

    public string CollectorId { get; } = record.Text(1);

    public ulong CollectorEpochNs { get; } = record.ReadUInt64(16);

    public ulong Sequence { get; } = record.ReadUInt64(24);

    public string Error { get; } = record.Text(2);

    public uint Offset { get; } = record.ReadUInt32(12);

    public byte[] Message { get; } = record.Data(3);
}
