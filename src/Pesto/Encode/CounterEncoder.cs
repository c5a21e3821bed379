using System.Buffers.Binary;
using Pesto.Decode;
using Pesto.Frame;
using Shared.Records;
using Shared.Records.CapnProto;

namespace Pesto.Encode;

/// <summary>Writes <c>SFlowCounterRecord</c> messages (schemas/sflow-counters.capnp), whose counters lie as they come, but for the order of octets.</summary>
internal sealed class CounterEncoder(CollectorIdentity collector)
{
    /// <summary>Of any message.</summary>
    public static readonly int MaxBytes = MessageWriter.Size(DataWords, PointerWords) + 2 * AddressBytes + FlowEncoder.MaxCollectorIdBytes + 8;

    private const int DataWords = 24, PointerWords = 3, AddressBytes = 16, GenericAt = 48, EthernetAt = GenericAt + CounterSample.GenericBytes;

    /// <returns>Octets written.</returns>
    public int Write(Span<byte> space, in DatagramHeader header, in ExporterEndPoint source, long timeReceivedNs, scoped in CounterSample sample, ulong sequence)
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
        Numbers(message, GenericAt, sample.Generic);
        Numbers(message, EthernetAt, sample.Ethernet);
        Span<byte> address = stackalloc byte[AddressBytes];
        header.Agent.CopyTo(address);
        message.Data(0, address);
        source.Address.CopyTo(address);
        message.Data(1, address);
        message.Text(2, collector.Id);
        return message.Finish();
    }

    private static void Numbers(in MessageWriter message, int octet, ReadOnlySpan<byte> wire)
    {
        for (int at = 0; at < wire.Length;)
        {
            // "if_counters" has numbers of 8 octets: speed, octets in, octets out.
            if (octet == GenericAt && at is (8 or 24 or 56))
            {
                message.UInt64(octet + at, BinaryPrimitives.ReadUInt64BigEndian(wire[at..]));
                at += 8;
            }
            else
            {
                message.UInt32(octet + at, BinaryPrimitives.ReadUInt32BigEndian(wire[at..]));
                at += 4;
            }
        }
    }
}
