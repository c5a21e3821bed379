using System.Runtime.InteropServices;
using SaimirisGateway.Replies.Record;

namespace SaimirisGateway.Replies.Results.Memory;

/// <summary>
/// Holds one agent's replies to one measurement, in the order of their sequence numbers. <see cref="ReplyMemory.Gate"/> guards it.
/// </summary>
internal sealed class AgentReplies(Guid measurement, string agentId)
{
    // A few replies need little memory, and many replies need few chunks.
    private const int FirstChunkBytes = 2 << 10, MaxChunkBytes = 64 << 10;

    private readonly List<ReplyChunk> _chunks = [];
    private int _nextBytes = FirstChunkBytes;

    public Guid Measurement { get; } = measurement;

    public string AgentId { get; } = agentId;

    /// <summary>The sequence number of the last reply that was dropped; 0 when none was.</summary>
    public ulong DroppedThrough { get; private set; }

    public bool IsEmpty => _chunks.Count == 0;

    /// <summary>Appends a reply. Returns the chunk that it has begun, or null when the reply fits the last one.</summary>
    public ReplyChunk? Append(ReadOnlySpan<byte> message, ulong sequence)
    {
        if (_chunks.Count > 0 && _chunks[^1].TryAppend(message, sequence))
            return null;
        var chunk = new ReplyChunk(this, _nextBytes);
        _nextBytes = Math.Min(2 * _nextBytes, MaxChunkBytes);
        chunk.TryAppend(message, sequence);
        _chunks.Add(chunk);
        return chunk;
    }

    /// <summary>Drops the oldest chunk.</summary>
    public void DropFirst()
    {
        DroppedThrough = _chunks[0].LastSequence;
        _chunks.RemoveAt(0);
    }

    /// <summary>Adds the first replies after a sequence number to <paramref name="replies"/>, at most <paramref name="limit"/>.</summary>
    public void AddAfter(ulong sequence, int limit, List<MemoryReply> replies)
    {
        int first = _chunks.FindIndex(chunk => chunk.LastSequence > sequence);
        for (int i = first; i >= 0 && i < _chunks.Count && limit > 0; i++)
        {
            var bytes = _chunks[i].Bytes.AsMemory(0, _chunks[i].Length);
            while (!bytes.IsEmpty && limit > 0)
            {
                var message = bytes[..ReplyRow.MessageBytes(bytes.Span)];
                ulong own = MemoryMarshal.AsRef<ReplyRow>(message.Span).Sequence;
                if (own > sequence)
                {
                    replies.Add(new MemoryReply(AgentId, own, message));
                    limit--;
                }
                bytes = bytes[message.Length..];
            }
        }
    }
}

/// <param name="Message">A <c>Reply</c> message.</param>
internal readonly record struct MemoryReply(string AgentId, ulong Sequence, ReadOnlyMemory<byte> Message);
