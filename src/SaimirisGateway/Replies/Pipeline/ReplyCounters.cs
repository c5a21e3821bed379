using SaimirisGateway.Replies.Decode;

namespace SaimirisGateway.Replies.Pipeline;

/// <summary>Counts the records of one body. The caller holds the gate of the agent's shard.</summary>
internal sealed class ReplyCounters
{
    private readonly long[] _rejected = new long[ReplyRejectionReasons.Count];

    /// <summary>Packets or messages read, accepted or not.</summary>
    public long Records { get; set; }

    /// <summary>The records that may answer a probe.</summary>
    public long Replies => Records - _rejected[(int)ReplyRejection.NotAReply];

    /// <summary>The replies that are in a batch.</summary>
    public long Accepted { get; set; }

    /// <summary>
    /// The accepted replies whose probe's Identification was checked. It is not checked when the probe has none (IPv6, echo replies), or
    /// when the caracal-id is unknown.
    /// </summary>
    public long Verified { get; set; }

    public long Unverified => Accepted - Verified;

    public IEnumerable<(string Reason, long Count)> Rejected =>
        from rejection in Enum.GetValues<ReplyRejection>()
        where _rejected[(int)rejection] > 0
        select (rejection.Reason(), _rejected[(int)rejection]);

    public void Reject(ReplyRejection rejection) => _rejected[(int)rejection]++;
}
