using Shared.Records;

namespace SaimirisGateway.Replies.Results.Memory;

/// <summary>
/// Reads the stored replies of one measurement. It keeps no reply from being dropped, and reports that replies are missing.
/// </summary>
internal sealed class ReplyReader(ReplyMemory memory, MeasurementReplies measurement) : IDisposable
{
    /// <summary>
    /// True if there may have been replies that are unknown here: before this process began, or when all replies of the measurement were
    /// dropped and it was forgotten.
    /// </summary>
    public bool MayMissBeginning(ReplyCursor cursor, DateTimeOffset startedAt)
    {
        ulong startedNs = UnixTime.ToNs(startedAt);
        lock (memory.Gate)
        {
            bool isEarlierRun = startedNs < memory.EpochNs && !cursor.Pairs.Any(pair => pair.EpochNs == memory.EpochNs);
            return isEarlierRun || (measurement.IsEmpty && startedNs <= memory.ForgottenNs);
        }
    }

    /// <summary>Reads the first replies after a cursor, ordered by sequence number and agent.</summary>
    /// <param name="cursor">It moves over dropped replies, so that they are reported once.</param>
    public MemoryPage Read(ReplyCursor cursor, int limit)
    {
        var replies = new List<MemoryReply>();
        bool isMissing = false;
        Task changed;
        lock (memory.Gate)
        {
            foreach (var agent in measurement.Agents)
            {
                ulong last = cursor.LastOf(agent.AgentId, memory.EpochNs);
                if (agent.DroppedThrough > last)
                {
                    isMissing = true;
                    cursor.Advance(agent.AgentId, memory.EpochNs, last = agent.DroppedThrough);
                }
                agent.AddAfter(last, limit + 1, replies);
            }
            changed = measurement.Changed;
        }
        replies.Sort((a, b) => a.Sequence != b.Sequence ? a.Sequence.CompareTo(b.Sequence) : string.CompareOrdinal(a.AgentId, b.AgentId));
        bool hasMore = replies.Count > limit;
        return new MemoryPage(hasMore ? replies[..limit] : replies, hasMore, isMissing, changed);
    }

    public void Dispose()
    {
        lock (memory.Gate)
            memory.Close(measurement);
    }
}

/// <param name="HasMore">There are more replies already.</param>
/// <param name="IsMissing">Replies between the cursor and these may have been dropped.</param>
/// <param name="Changed">Completes when there are more.</param>
internal sealed record MemoryPage(List<MemoryReply> Replies, bool HasMore, bool IsMissing, Task Changed);
