using Shared.Records;

namespace SaimirisGateway.Replies.Results;

/// <summary>Reads what is kept of one measurement. It holds no replies back: what is dropped before it is read is missing, and said.</summary>
internal sealed class KeptReader(KeptReplies kept, KeptMeasurement measurement) : IDisposable
{
    /// <summary>
    /// Replies to the measurement may have come that nothing here tells of: before this process began, or before its replies were dropped to
    /// the last one and it was forgotten.
    /// </summary>
    public bool MayMissBeginning(ReplyCursor behind, DateTimeOffset startedAt)
    {
        ulong startedNs = UnixTime.ToNs(startedAt);
        lock (kept.Gate)
        {
            bool isEarlierRun = startedNs < kept.EpochNs && !behind.Pairs.Any(pair => pair.EpochNs == kept.EpochNs);
            return isEarlierRun || (measurement.IsEmpty && startedNs <= kept.ForgottenNs);
        }
    }

    /// <summary>The first replies behind a cursor, ordered by sequence number and agent.</summary>
    /// <param name="behind">It moves over what was dropped, so that this is said once.</param>
    public KeptPage Read(ReplyCursor behind, int limit)
    {
        var replies = new List<KeptReply>();
        bool isMissing = false;
        Task changed;
        lock (kept.Gate)
        {
            foreach (var stream in measurement.Streams)
            {
                ulong last = behind.LastOf(stream.AgentId, kept.EpochNs);
                if (stream.DroppedThrough > last)
                {
                    isMissing = true;
                    behind.Advance(stream.AgentId, kept.EpochNs, last = stream.DroppedThrough);
                }
                stream.AddBehind(last, limit + 1, replies);
            }
            changed = measurement.Changed;
        }
        replies.Sort((a, b) => a.Sequence != b.Sequence ? a.Sequence.CompareTo(b.Sequence) : string.CompareOrdinal(a.AgentId, b.AgentId));
        bool hasMore = replies.Count > limit;
        return new KeptPage(hasMore ? replies[..limit] : replies, hasMore, isMissing, changed);
    }

    public void Dispose()
    {
        lock (kept.Gate)
            kept.Close(measurement);
    }
}

/// <param name="HasMore">There are more already.</param>
/// <param name="IsMissing">Replies between the cursor and these may have been dropped.</param>
/// <param name="Changed">Completes when there are more.</param>
internal sealed record KeptPage(List<KeptReply> Replies, bool HasMore, bool IsMissing, Task Changed);
