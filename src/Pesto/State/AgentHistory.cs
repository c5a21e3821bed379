namespace Pesto.State;

/// <summary>Keeps the last sequence numbers of one agent's datagrams and the drops of its data sources.</summary>
internal sealed class AgentHistory
{
    public SequenceWindow Sequence { get; } = new();

    public SourceDrops Drops { get; } = new();
}
