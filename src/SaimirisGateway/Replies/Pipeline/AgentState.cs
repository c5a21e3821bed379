using System.IO.Hashing;
using System.Text;

namespace SaimirisGateway.Replies.Pipeline;

/// <summary>
/// What outlives an agent's request: its place in the order of records. Requests of one agent share it; they write to the same
/// shard, whose gate guards it.
/// </summary>
/// <param name="id">At most <see cref="MaxIdBytes"/> UTF-8 octets.</param>
internal sealed class AgentState(string id)
{
    /// <summary>What the registry's table holds.</summary>
    public const int MaxIdBytes = 255;

    private readonly byte[] _idUtf8 = Encoding.UTF8.GetBytes(id);

    public string Id { get; } = id;

    public ReadOnlySpan<byte> IdUtf8 => _idUtf8;

    /// <summary>Sequence number of the agent's last record in this gateway's epoch.</summary>
    public ulong Sequence { get; set; }

    /// <summary>Which shard of a topic the agent's records belong to; the same in every run.</summary>
    public ulong ShardHash { get; } = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(id));
}
