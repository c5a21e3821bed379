using System.Runtime.InteropServices;
using SaimirisGateway.Replies.Record;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Results.Memory;

/// <summary>
/// Assigns the replies of one agent to its active measurements: to the one that a reply names, else to all that probe from the reply's
/// probe source address on this agent.
/// </summary>
/// <remarks>A user's IPv6 prefix belongs to the user alone. Anybody may use an IPv4 source, so it assigns nothing.</remarks>
internal sealed class AgentMeasurements
{
    private const int MeasurementIdPointer = 6;

    private readonly string _agentId;
    private readonly HashSet<Guid> _measurements;
    private readonly Dictionary<Ipv6Address, Guid[]> _sources;

    // The bodies of one agent share a shard, whose gate the caller holds.
    private readonly MessageReader _reader = new();

    public AgentMeasurements(string agentId, IEnumerable<(Ipv6Address Source, Guid Measurement)> active)
    {
        _agentId = agentId;
        var all = active.Distinct().ToList();
        _measurements = [.. all.Select(a => a.Measurement)];
        _sources = all.Where(a => !a.Source.IsMappedV4).GroupBy(a => a.Source, a => a.Measurement)
            .ToDictionary(g => g.Key, g => g.ToArray());
    }

    /// <param name="messages">Whole <c>Reply</c> messages.</param>
    public void Store(ReadOnlySpan<byte> messages, ReplyMemory memory)
    {
        lock (memory.Gate)
        {
            while (!messages.IsEmpty)
            {
                ref readonly var row = ref MemoryMarshal.AsRef<ReplyRow>(messages);
                var message = messages[..ReplyRow.MessageBytes(messages)];
                if (row.MeasurementIdPointer != 0)
                    StoreNamed(message, row.Sequence, memory);
                else if (_sources.TryGetValue(row.ProbeSrcAddr, out var measurements))
                {
                    foreach (var measurement in measurements)
                        memory.Store(measurement, _agentId, row.Sequence, message);
                }
                messages = messages[message.Length..];
            }
            memory.Publish();
        }
    }

    private void StoreNamed(ReadOnlySpan<byte> message, ulong sequence, ReplyMemory memory)
    {
        if (_reader.TryRead(message, out var reply, out _) && reply.TryReadText(MeasurementIdPointer, out var text)
            && Guid.TryParse(text, out var measurement) && _measurements.Contains(measurement))
            memory.Store(measurement, _agentId, sequence, message);
    }
}
