using System.Runtime.InteropServices;
using SaimirisGateway.Replies.Record;

namespace SaimirisGateway.Replies.Results;

/// <summary>What is kept of one agent's replies to one measurement, in the order of their sequence numbers. Under <see cref="KeptReplies.Gate"/>.</summary>
internal sealed class KeptStream(Guid measurement, string agentId)
{
    // A few replies take little, many are few pieces.
    private const int FirstChunkBytes = 2 << 10, MaxChunkBytes = 64 << 10;

    private readonly List<KeptChunk> _chunks = [];
    private int _nextBytes = FirstChunkBytes;

    public Guid Measurement { get; } = measurement;

    public string AgentId { get; } = agentId;

    /// <summary>Sequence number of the last reply that was dropped; 0: none was.</summary>
    public ulong DroppedThrough { get; private set; }

    public bool IsEmpty => _chunks.Count == 0;

    /// <summary>Returns the chunk that was begun for it, if one was.</summary>
    public KeptChunk? Append(ReadOnlySpan<byte> message, ulong sequence)
    {
        if (_chunks.Count > 0 && _chunks[^1].TryAppend(message, sequence))
            return null;
        var chunk = new KeptChunk(this, _nextBytes);
        _nextBytes = Math.Min(2 * _nextBytes, MaxChunkBytes);
        chunk.TryAppend(message, sequence);
        _chunks.Add(chunk);
        return chunk;
    }

    /// <summary>Lets go of the oldest chunk.</summary>
    public void DropFirst()
    {
        DroppedThrough = _chunks[0].LastSequence;
        _chunks.RemoveAt(0);
    }

    /// <summary>The first replies behind a sequence number, at most <paramref name="limit"/>.</summary>
    public void AddBehind(ulong sequence, int limit, List<KeptReply> replies)
    {
        int first = _chunks.FindIndex(chunk => chunk.LastSequence > sequence);
        for (int i = first; i >= 0 && i < _chunks.Count && limit > 0; i++)
        {
            var octets = _chunks[i].Octets.AsMemory(0, _chunks[i].Length);
            while (!octets.IsEmpty && limit > 0)
            {
                var message = octets[..ReplyRow.MessageBytes(octets.Span)];
                ulong own = MemoryMarshal.AsRef<ReplyRow>(message.Span).Sequence;
                if (own > sequence)
                {
                    replies.Add(new KeptReply(AgentId, own, message));
                    limit--;
                }
                octets = octets[message.Length..];
            }
        }
    }
}

/// <param name="Message">A <c>Reply</c> message.</param>
internal readonly record struct KeptReply(string AgentId, ulong Sequence, ReadOnlyMemory<byte> Message);
