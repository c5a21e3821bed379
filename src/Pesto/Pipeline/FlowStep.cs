using Pesto.Decode;
using Pesto.Encode;
using Pesto.Frame;
using Pesto.Record;
using Pesto.State;
using Shared.Records;

namespace Pesto.Pipeline;

/// <summary>Decodes the flow samples of one shard and encodes a record for each. Not safe for several threads.</summary>
internal sealed class FlowStep(CollectorIdentity collector, int shard, bool includeIpv4)
{
    private readonly FlowEncoder _encoder = new(collector);
    private ulong _sequence = RecordSequence.First(shard);

    /// <summary>The space that the records of a datagram take at most.</summary>
    /// <param name="announced">Samples that the datagram announces.</param>
    /// <param name="datagramBytes">Bytes of the datagram, which bound the samples and the lists in them.</param>
    public static int MaxBytes(uint announced, int datagramBytes)
    {
        uint maxFlows = Math.Min(announced, (uint)datagramBytes / PipelineOutputs.MinFlowSampleBytes) + 1;
        return (int)maxFlows * FlowEncoder.MaxFlowBytes + datagramBytes;
    }

    /// <summary>Starts a datagram, to which the following samples belong.</summary>
    public void Begin(in DatagramHeader header, in ExporterEndPoint source, long timeReceivedNs) =>
        _encoder.Begin(header, source, timeReceivedNs);

    /// <summary>Writes the record of one flow sample.</summary>
    /// <returns>Bytes of the record; 0 if the sample makes none.</returns>
    public int Process(ReadOnlySpan<byte> sample, uint format, AgentHistory? agent, PipelineCounters counters, Span<byte> space)
    {
        ref var row = ref _encoder.Start(space);
        if (!FlowSample.TryRead(sample, format, ref row, out var bytes, out uint announced))
        {
            counters[SFlowError.SampleTooShort]++;
            return Skip(FlowSkip.Malformed, counters);
        }
        if (agent is not null && agent.Drops.Observe(row.SourceIdType, row.SourceId, row.Drops) is > 0 and uint lost)
            counters.SampleDrops += lost;
        var records = new FlowRecords();
        var skip = records.Read(bytes, announced, includeIpv4, ref row, out var walkError, out var recordError);
        // A record whose length is wrong costs itself and the records after it, but not the packet before it.
        if (walkError != SFlowError.None)
            counters[walkError]++;
        if (recordError != SFlowError.None)
            counters[recordError]++;
        if (skip != FlowSkip.None)
            return Skip(skip, counters);
        _sequence++;
        return records.Gateway.IsEmpty && !records.NextHop.IsGiven
            ? _encoder.Finish(ref row, _sequence)
            : Finish(space, ref row, records, counters);
    }

    private int Finish(Span<byte> space, ref FlowRow row, scoped in FlowRecords records, PipelineCounters counters)
    {
        var gateway = new ExtendedGateway();
        if (!records.Gateway.IsEmpty && !gateway.TryRead(records.Gateway, ref row))
            counters[SFlowError.RecordMalformed]++;
        return _encoder.Finish(space, ref row, _sequence, records.NextHop, gateway);
    }

    private static int Skip(FlowSkip skip, PipelineCounters counters)
    {
        counters[skip]++;
        return 0;
    }
}
