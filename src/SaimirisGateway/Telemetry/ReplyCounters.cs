using SaimirisGateway.Replies.Decode;

namespace SaimirisGateway.Telemetry;

/// <summary>What became of one body. The caller holds the gate of the agent's shard.</summary>
internal sealed class ReplyCounters
{
    private readonly long[] _rejected = new long[ReplyRejectionReasons.Count];

    /// <summary>Packets or messages read, whatever became of them.</summary>
    public long Records { get; set; }

    /// <summary>Of them the ones that may answer a probe.</summary>
    public long Replies => Records - _rejected[(int)ReplyRejection.NotAReply];

    /// <summary>Replies that are in a batch.</summary>
    public long Accepted { get; set; }

    /// <summary>Of them those whose probe's Identification was checked; the others' was not, for want of one (IPv6, echo replies) or of the caracal-id.</summary>
    public long Verified { get; set; }

    public long Unverified => Accepted - Verified;

    public IEnumerable<(string Reason, long Count)> Rejected =>
        from rejection in Enum.GetValues<ReplyRejection>()
        where _rejected[(int)rejection] > 0
        select (rejection.Reason(), _rejected[(int)rejection]);

    public void Reject(ReplyRejection rejection) => _rejected[(int)rejection]++;
}
