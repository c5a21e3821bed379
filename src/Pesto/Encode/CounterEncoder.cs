using System.Buffers.Binary;
using Pesto.Decode;
using Pesto.Frame;
using Shared.Records;
using Shared.Records.CapnProto;

namespace Pesto.Encode;

/// <summary>
/// Writes <c>SFlowCounterRecord</c> messages (schemas/sflow-counters.capnp). The counters have the order of the sample, but not its byte
/// order.
/// </summary>
internal sealed class CounterEncoder(CollectorIdentity collector)
{
    /// <summary>Bytes of the longest message.</summary>
    public static readonly int MaxBytes =
        MessageWriter.Size(DataWords, PointerWords) + 2 * AddressBytes + FlowEncoder.MaxCollectorIdBytes + 8;

    private const int DataWords = 24, PointerWords = 3, AddressBytes = 16;
    private const int GenericAt = 48, EthernetAt = GenericAt + CounterSample.GenericBytes;

    /// <returns>Bytes of the message.</returns>
    public int Write(
        Span<byte> space, in DatagramHeader header, in ExporterEndPoint source, long timeReceivedNs, scoped in CounterSample sample,
        ulong sequence)
    {
        var message = MessageWriter.Begin(space, DataWords, PointerWords);
        message.UInt64(0, (ulong)timeReceivedNs);
        message.UInt16(8, source.Port);
        message.UInt8(10, sample.SourceIdType);
        message.UInt8(11, (byte)((sample.Generic.IsEmpty ? 0 : 1) | (sample.Ethernet.IsEmpty ? 0 : 2)));
        message.UInt32(12, header.SubAgentId);
        message.UInt32(16, header.Sequence);
        message.UInt32(20, header.UptimeMs);
        message.UInt32(24, sample.Sequence);
        message.UInt32(28, sample.SourceId);
        message.UInt64(32, collector.EpochNs);
        message.UInt64(40, sequence);
        WriteCounters(message, GenericAt, sample.Generic);
        WriteCounters(message, EthernetAt, sample.Ethernet);
        Span<byte> address = stackalloc byte[AddressBytes];
        header.Agent.CopyTo(address);
        message.Data(0, address);
        source.Address.CopyTo(address);
        message.Data(1, address);
        message.Text(2, collector.Id);
        return message.Finish();
    }

    private static void WriteCounters(in MessageWriter message, int offset, ReadOnlySpan<byte> wire)
    {
        for (int at = 0; at < wire.Length;)
        {
            // Three numbers of "if_counters" have 8 bytes: ifSpeed, ifInOctets, ifOutOctets.
            if (offset == GenericAt && at is (8 or 24 or 56))
            {
                message.UInt64(offset + at, BinaryPrimitives.ReadUInt64BigEndian(wire[at..]));
                at += 8;
            }
            else
            {
                message.UInt32(offset + at, BinaryPrimitives.ReadUInt32BigEndian(wire[at..]));
                at += 4;
            }
        }
    }
}
