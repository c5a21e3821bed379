using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Shared.Batch;
using Shared.Wire;

namespace Pesto;

// A STAND-IN for the pipeline, so that what is around it can be tested: flow samples with a raw Ethernet header of IPv6, nothing else.
internal sealed record PipelineOptions { public bool IncludeIpv4 { get; init; } }

internal sealed record CollectorIdentity(string Id, ulong EpochNs);

internal sealed record PipelineOutputs
{
    public const int MaxRecordBytes = 128 << 10;

    public required BatchOutput Flows { get; init; }

    public BatchOutput? Counters { get; init; }
}

internal sealed class PestoCounters
{
    public long Success, ParseErrors, Samples, FlowSamples, CounterSamples;
}

internal sealed class PestoPipeline(CollectorIdentity collector, PipelineOptions options, PipelineOutputs outputs)
{
    private const int RecordBytes = 168;

    public PestoCounters Counters { get; } = new();

    public DatagramResult Process(ReadOnlySpan<byte> datagram, in ExporterEndPoint source, long timeReceivedNs)
    {
        _ = (collector, options);
        if (!TryWalk(datagram, source, timeReceivedNs, default, out int records, out int flows, out int counters, out int samples))
        {
            Interlocked.Increment(ref Counters.ParseErrors);
            return DatagramResult.Taken;
        }
        if (records > 0)
        {
            var shard = outputs.Flows.ShardOf((source.Address.First ^ source.Address.Second) * 0x9E3779B97F4A7C15 >> 32);
            lock (shard.Gate)
            {
                if (!shard.TryReserve(records * RecordBytes, out var space))
                    return DatagramResult.QueueFull;
                TryWalk(datagram, source, timeReceivedNs, space, out records, out _, out _, out _);
                shard.Ledger.Decoded += records;
                shard.Commit(records * RecordBytes, records);
            }
        }
        Interlocked.Increment(ref Counters.Success);
        Interlocked.Add(ref Counters.Samples, samples);
        Interlocked.Add(ref Counters.FlowSamples, flows);
        Interlocked.Add(ref Counters.CounterSamples, counters);
        return DatagramResult.Taken;
    }

    private static bool TryWalk(
        ReadOnlySpan<byte> datagram, in ExporterEndPoint source, long timeReceivedNs, Span<byte> space, out int records, out int flows, out int counters, out int samples)
    {
        (records, flows, counters, samples) = (0, 0, 0, 0);
        if (datagram.Length < 28 || U32(datagram, 0) != 5 || U32(datagram, 4) is not (1 or 2))
            return false;
        bool isV4 = U32(datagram, 4) == 1;
        int at = isV4 ? 12 : 24;
        var agent = isV4 ? Ipv6Address.FromV4(datagram.Slice(8, 4)) : Ipv6Address.FromV6(datagram.Slice(8, 16));
        var head = datagram[at..];
        if (head.Length < 16)
            return false;
        var rest = head[16..];
        for (uint n = U32(head, 12); n > 0 && rest.Length >= 8; n--)
        {
            uint format = U32(rest, 0), length = U32(rest, 4);
            if (length > rest.Length - 8)
                return false;
            var sample = rest.Slice(8, (int)length);
            samples++;
            counters += format is 2 or 4 ? 1 : 0;
            if (format is 1 or 3)
            {
                flows++;
                // Sequence, source (1 or 2 words), rate, pool, drops, input and output (1 or 2 words each), records.
                int extra = format == 3 ? 4 : 0, count = format == 3 ? 40 : 28;
                if (sample.Length >= count + 4 && TryHeader(sample[(count + 4)..], out var ip) && ip.Length >= 40 && ip[0] >> 4 == 6)
                {
                    if (!space.IsEmpty)
                        Write(space.Slice(records * RecordBytes, RecordBytes), agent, source, timeReceivedNs, head, sample, extra, ip);
                    records++;
                }
            }
            rest = rest[(8 + (int)length)..];
        }
        return true;
    }

    private static bool TryHeader(ReadOnlySpan<byte> records, out ReadOnlySpan<byte> ip)
    {
        ip = default;
        while (records.Length >= 8)
        {
            uint format = U32(records, 0), length = U32(records, 4);
            if (length > records.Length - 8)
                return false;
            var record = records.Slice(8, (int)length);
            if (format == 1 && record.Length >= 16 + 18 && U32(record, 0) == 1)
            {
                int at = BinaryPrimitives.ReadUInt16BigEndian(record[28..]) == 0x8100 ? 34 : 30;
                if (BinaryPrimitives.ReadUInt16BigEndian(record[(at - 2)..]) == 0x86DD)
                    ip = record[at..];
                return true;
            }
            records = records[(8 + (int)length)..];
        }
        return false;
    }

    private static void Write(
        Span<byte> record, in Ipv6Address agent, in ExporterEndPoint source, long timeReceivedNs, ReadOnlySpan<byte> head, ReadOnlySpan<byte> sample, int extra, ReadOnlySpan<byte> ip)
    {
        record.Clear();
        MemoryMarshal.Write(record[4..], 20);
        MemoryMarshal.Write(record[12..], 0x0003000A);
        var data = record[16..];
        MemoryMarshal.Write(data, timeReceivedNs);
        MemoryMarshal.Write(data[8..], source.Port);
        for (int i = 0; i < 3; i++)
            MemoryMarshal.Write(data[(12 + (4 * i))..], U32(head, 4 * i));
        MemoryMarshal.Write(data[24..], U32(sample, 0));
        MemoryMarshal.Write(data[28..], extra == 0 ? U32(sample, 4) : U32(sample, 8));
        for (int i = 0; i < 3; i++)
            MemoryMarshal.Write(data[(32 + (4 * i))..], U32(sample, 8 + extra + (4 * i)));
        MemoryMarshal.Write(data[52..], 40u + BinaryPrimitives.ReadUInt16BigEndian(ip[4..]));
        MemoryMarshal.Write(data[56..], (uint)ip[6]);
        if (ip[6] is 6 or 17 && ip.Length >= 44)
        {
            MemoryMarshal.Write(data[60..], (uint)BinaryPrimitives.ReadUInt16BigEndian(ip[40..]));
            MemoryMarshal.Write(data[64..], (uint)BinaryPrimitives.ReadUInt16BigEndian(ip[42..]));
        }
        for (int i = 0; i < 3; i++)
            MemoryMarshal.Write(data[(80 + (8 * i))..], ((ulong)0x82 << 32) | (uint)(((2 + i) << 2) | 1));
        agent.CopyTo(data[104..]);
        ip.Slice(8, 32).CopyTo(data[120..]);
    }

    private static uint U32(ReadOnlySpan<byte> octets, int at) => BinaryPrimitives.ReadUInt32BigEndian(octets[at..]);
}
