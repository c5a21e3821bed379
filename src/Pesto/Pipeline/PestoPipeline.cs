using System.Runtime.CompilerServices;
using Pesto.Decode;
using Pesto.Frame;
using Pesto.State;
using Shared.Records;
using Shared.Records.Batch;

namespace Pesto.Pipeline;

/// <summary>
/// The map of the collector: takes one datagram after the other through one shard. Frame (DatagramHeader, SampleReader) -> state
/// (AgentRegistry) -> decode and encode (FlowStep, CounterStep) -> batch (ShardWriter). It is synchronous, does no I/O and allocates
/// nothing for a datagram of a known agent. Callers hold the gate of the shard's flow writer; <see cref="ShardDispatcher"/> is the way in.
/// </summary>
/// <remarks>
/// All flow records of a datagram go into one batch. If no batch is free, the pipeline drops the whole datagram, because UDP does not wait.
/// The listener counts that datagram; the topic's accounts know only decoded records, so they do not contain it.
/// </remarks>
internal sealed class PestoPipeline(ShardWriter flows, ShardWriter? counterRecords, CollectorIdentity collector, PipelineOptions options)
{
    private readonly AgentRegistry _agents = new(options.MaxAgentsPerShard);
    private readonly FlowStep _flowStep = new(collector, flows.Shard, options.IncludeIpv4);
    private readonly CounterStep? _counterStep = counterRecords is null ? null : new CounterStep(counterRecords, collector);

    public PipelineCounters Counters { get; } = new();

    /// <summary>Takes one datagram. Throws for nothing that the datagram contains.</summary>
    /// <param name="datagram">The UDP payload.</param>
    /// <param name="source">The sender.</param>
    /// <param name="timeReceivedNs">Nanoseconds since 1970 UTC.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public DatagramResult Process(ReadOnlySpan<byte> datagram, in ExporterEndPoint source, long timeReceivedNs)
    {
        var error = DatagramHeader.Read(datagram, out var header);
        if (error != SFlowError.None)
            return Fail(error);
        var agent = FindAgent(source, header);
        if (!flows.TryReserve(FlowStep.MaxBytes(header.Samples, datagram.Length), out var space))
            return DatagramResult.QueueFull;
        _flowStep.Begin(header, source, timeReceivedNs);
        var reader = new SampleReader(datagram[header.SamplesOffset..], header.Samples);
        int written = 0, records = 0, samples = 0, expanded = 0;
        while (reader.TryRead(out uint format, out var sample))
        {
            if (FlowSample.IsFlow(format))
            {
                samples++;
                expanded += format == FlowSample.ExpandedFormat ? 1 : 0;
                int bytes = _flowStep.Process(sample, format, agent, Counters, space[written..]);
                written += bytes;
                records += bytes > 0 ? 1 : 0;
            }
            else
            {
                var kind = SampleKinds.FromFormat(format);
                Counters[kind]++;
                if (kind is SampleKind.Counter or SampleKind.CounterExpanded)
                    _counterStep?.Process(sample, kind, header, source, timeReceivedNs, Counters);
            }
        }
        Counters[SampleKind.Flow] += samples - expanded;
        Counters[SampleKind.FlowExpanded] += expanded;
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

    // Counts the sequence number also if the datagram is dropped because no batch is free: that is no gap.
    private AgentHistory? FindAgent(in ExporterEndPoint source, in DatagramHeader header)
    {
        var agent = _agents.FindOrAdd(source.Address, header.Agent, header.SubAgentId);
        Counters.Agents = _agents.Count;
        if (agent is null)
        {
            Counters.AgentsUntracked++;
            return null;
        }
        Counters[agent.Sequence.Observe(header.Sequence, header.UptimeMs, out uint missing)]++;
        Counters.SequenceGaps += missing;
        return agent;
    }

    private DatagramResult Fail(SFlowError error)
    {
        Counters[error]++;
        Counters.ParseErrors++;
        return DatagramResult.Malformed;
    }
}
