using System.IO.Hashing;
using System.Text;

namespace SaimirisGateway.Replies.Pipeline;

/// <summary>
/// Holds what outlives an agent's request: the sequence number of its records. All requests of one agent share it and write to the same
/// shard. The gate of that shard guards it.
/// </summary>
/// <param name="id">At most 255 bytes of UTF-8.</param>
internal sealed class AgentState(string id)
{
    private readonly byte[] _idUtf8 = Encoding.UTF8.GetBytes(id);

    public string Id { get; } = id;

    public ReadOnlySpan<byte> IdUtf8 => _idUtf8;

    /// <summary>The sequence number of the agent's last record since the gateway's start.</summary>
    public ulong Sequence { get; set; }

    /// <summary>Selects the shard of the agent's records. It is the same in every run.</summary>
    public ulong ShardHash { get; } = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(id));
}
