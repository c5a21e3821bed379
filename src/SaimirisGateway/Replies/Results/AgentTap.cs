using System.Runtime.InteropServices;
using SaimirisGateway.Replies.Encode;
using SaimirisGateway.Replies.Record;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Results;

/// <summary>
/// Keeps the replies of one agent that belong to an active measurement: to the one that a reply names, else to all whose probes have its
/// probe's source address on this agent.
/// </summary>
/// <remarks>A user's IPv6 prefix is the user's alone. An IPv4 source is anybody's, so it assigns nothing.</remarks>
internal sealed class AgentTap : ICommittedReplies
{
    private const int MeasurementIdPointer = 6;

    private readonly KeptReplies _kept;
    private readonly string _agentId;
    private readonly HashSet<Guid> _measurements;
    private readonly Dictionary<Ipv6Address, Guid[]> _sources;
    // Bodies of one agent share a shard, whose gate the caller holds.
    private readonly MessageReader _reader = new();

    public AgentTap(KeptReplies kept, string agentId, IEnumerable<(Ipv6Address Source, Guid Measurement)> active)
    {
        _kept = kept;
        _agentId = agentId;
        var all = active.Distinct().ToList();
        _measurements = [.. all.Select(a => a.Measurement)];
        _sources = all.Where(a => !a.Source.IsMappedV4).GroupBy(a => a.Source, a => a.Measurement).ToDictionary(g => g.Key, g => g.ToArray());
    }

    public void OnCommitted(ReadOnlySpan<byte> messages)
    {
        lock (_kept.Gate)
        {
            while (!messages.IsEmpty)
            {
                ref readonly var row = ref MemoryMarshal.AsRef<ReplyRow>(messages);
                var message = messages[..ReplyRow.MessageBytes(messages)];
                if (row.MeasurementIdPointer != 0)
                    KeepNamed(message, row.Sequence);
                else if (_sources.TryGetValue(row.ProbeSrcAddr, out var measurements))
                {
                    foreach (var measurement in measurements)
                        _kept.Keep(measurement, _agentId, row.Sequence, message);
                }
                messages = messages[message.Length..];
            }
            _kept.OnKept();
        }
    }

    private void KeepNamed(ReadOnlySpan<byte> message, ulong sequence)
    {
        if (_reader.TryRead(message, out var reply, out _) && reply.TryReadText(MeasurementIdPointer, out var text)
            && Guid.TryParse(text, out var measurement) && _measurements.Contains(measurement))
            _kept.Keep(measurement, _agentId, sequence, message);
    }
}
