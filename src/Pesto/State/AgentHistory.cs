namespace Pesto.State;

/// <summary>What is known of one agent: the last sequence numbers of its datagrams, and the drops of its data sources.</summary>
internal sealed class AgentHistory
{
    public SequenceWindow Sequence { get; } = new();

    public SourceDrops Drops { get; } = new();
}
