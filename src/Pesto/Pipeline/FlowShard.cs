using System.Runtime.CompilerServices;
using Pesto.Decode;
using Pesto.Encode;
using Pesto.Frame;
using Pesto.Record;
using Pesto.State;
using Pesto.Telemetry;
using Shared.Records;
using Shared.Records.Batch;

namespace Pesto.Pipeline;

/// <summary>What one shard knows, and how its datagrams are taken. Everything is called under the gate of the flows' writer.</summary>
internal sealed class FlowShard(ShardWriter flows, ShardWriter? counterRecords, CollectorIdentity collector, PipelineOptions options)
{
    private const int EnterpriseShift = 12;
    private const uint DiscardedPacketFormat = 5;
    // A sequence number's upper bits are the shard's, so that each shard can count without a gap.
    private const int ShardShift = 48;

    private readonly FlowEncoder _encoder = new(collector);
    private readonly CounterEncoder _counterEncoder = new(collector);
    private readonly AgentTable _agents = new(options.MaxAgentsPerShard);
    private ulong _sequence = (ulong)flows.Shard << ShardShift, _counterSequence = (ulong)flows.Shard << ShardShift;

    public PestoCounters Counters { get; } = new();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public DatagramResult Take(ReadOnlySpan<byte> datagram, in ExporterEndPoint source, long timeReceivedNs)
    {
        var error = DatagramHeader.Read(datagram, out var header);
        if (error != SFlowError.None)
            return Fail(error);
        var agent = Note(source, header);
        uint flowsAtMost = Math.Min(header.Samples, (uint)datagram.Length / PipelineOutputs.MinFlowSampleBytes) + 1;
        if (!flows.TryReserve((int)flowsAtMost * FlowEncoder.MaxFlowBytes + datagram.Length, out var space))
            return DatagramResult.QueueFull;
        _encoder.Begin(header, source, timeReceivedNs);
        var reader = new SampleReader(datagram[header.Bytes..], header.Samples);
        int written = 0, records = 0, samples = 0, expanded = 0;
        while (reader.TryRead(out uint format, out var sample))
        {
            if (FlowSample.IsFlow(format))
            {
                samples++;
                expanded += format == FlowSample.ExpandedFormat ? 1 : 0;
                int bytes = TakeFlow(sample, format, agent, space[written..]);
                written += bytes;
                records += bytes > 0 ? 1 : 0;
            }
            else
                TakeOther(format, sample, header, source, timeReceivedNs);
        }
        Counters.Of(SampleKind.Flow) += samples - expanded;
        Counters.Of(SampleKind.FlowExpanded) += expanded;
        if (records > 0)
        {
            flows.Account.Decoded += records;
            flows.Commit(written, records);
        }
        if (reader.IsCut || reader.IsMissing)
            return Fail(reader.IsCut ? SFlowError.SampleTruncated : SFlowError.SamplesMissing);
        Counters.Success++;
        return DatagramResult.Taken;
    }

    /// <returns>Octets of the record; 0 where there is none.</returns>
    private int TakeFlow(ReadOnlySpan<byte> sample, uint format, AgentHistory? agent, Span<byte> space)
    {
        ref var row = ref _encoder.Start(space);
        if (!FlowSample.TryRead(sample, format, ref row, out var octets, out uint announced))
        {
            Counters.Of(SFlowError.SampleTooShort)++;
            return Skip(FlowSkip.Malformed);
        }
        if (agent is not null && agent.Drops.Note(row.SourceIdType, row.SourceId, row.Drops) is > 0 and uint lost)
            Counters.SampleDrops += lost;
        var records = new FlowRecords();
        var skip = records.Read(octets, announced, options.IncludeIpv4, ref row, out var walkError, out var recordError);
        // A record that cannot be followed loses itself and those behind it, not the packet before it.
        if (walkError != SFlowError.None)
            Counters.Of(walkError)++;
        if (recordError != SFlowError.None)
            Counters.Of(recordError)++;
        if (skip != FlowSkip.None)
            return Skip(skip);
        _sequence++;
        return records.Gateway.IsEmpty && !records.NextHop.IsGiven ? _encoder.Finish(ref row, _sequence) : Finish(space, ref row, records);
    }

    private int Finish(Span<byte> space, ref FlowRow row, scoped in FlowRecords records)
    {
        var gateway = new ExtendedGateway();
        if (!records.Gateway.IsEmpty && !gateway.TryRead(records.Gateway, ref row))
            Counters.Of(SFlowError.RecordMalformed)++;
        return _encoder.Finish(space, ref row, _sequence, records.NextHop, gateway);
    }

    private int Skip(FlowSkip skip)
    {
        Counters.Of(skip)++;
        return 0;
    }

    private void TakeOther(uint format, ReadOnlySpan<byte> sample, in DatagramHeader header, in ExporterEndPoint source, long timeReceivedNs)
    {
        var kind = format switch
        {
            CounterSample.Format => SampleKind.Counter,
            CounterSample.ExpandedFormat => SampleKind.CounterExpanded,
            DiscardedPacketFormat => SampleKind.DiscardedPacket,
            >= 1 << EnterpriseShift => SampleKind.Vendor,
            _ => SampleKind.Unknown,
        };
        Counters.Of(kind)++;
        if (counterRecords is null || kind is not (SampleKind.Counter or SampleKind.CounterExpanded))
            return;
        var counters = new CounterSample();
        var error = counters.Read(sample, kind == SampleKind.CounterExpanded);
        if (error != SFlowError.None)
            Counters.Of(error)++;
        if (counters.HasCounters)
            Write(counterRecords, counters, header, source, timeReceivedNs);
    }

    private void Write(ShardWriter shard, scoped in CounterSample sample, in DatagramHeader header, in ExporterEndPoint source, long timeReceivedNs)
    {
        // The flows' gate is held: this is the only place that takes both.
        lock (shard.Gate)
        {
            shard.Account.Decoded++;
            if (!shard.TryReserve(CounterEncoder.MaxBytes, out var space))
            {
                shard.Account.Drop(RecordState.Input, "queue_full", 1);
                return;
            }
            shard.Commit(_counterEncoder.Write(space, header, source, timeReceivedNs, sample, ++_counterSequence), 1);
        }
    }

    // Also where the datagram is dropped for want of room: that is no gap.
    private AgentHistory? Note(in ExporterEndPoint source, in DatagramHeader header)
    {
        var agent = _agents.Of(source.Address, header.Agent, header.SubAgentId);
        Counters.Agents = _agents.Count;
        if (agent is null)
        {
            Counters.AgentsUntracked++;
            return null;
        }
        Counters.Of(agent.Sequence.Note(header.Sequence, header.UptimeMs, out uint missing))++;
        Counters.SequenceGaps += missing;
        return agent;
    }

    private DatagramResult Fail(SFlowError error)
    {
        Counters.Of(error)++;
        Counters.ParseErrors++;
        return DatagramResult.Malformed;
    }
}
