namespace SaimirisGateway.Replies.Encode;

/// <summary>Sees the replies of an agent as they become part of a batch.</summary>
internal interface ICommittedReplies
{
    /// <summary>Called under the gate of the agent's shard; must not wait.</summary>
    /// <param name="messages">Whole <c>Reply</c> messages as <see cref="ReplyEncoder"/> writes them; not to be kept.</param>
    void OnCommitted(ReadOnlySpan<byte> messages);
}
