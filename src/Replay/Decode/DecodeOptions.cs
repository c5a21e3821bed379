using Risotto.Curate;

namespace Replay.Decode;

/// <summary>What <c>replay decode</c> was asked for.</summary>
internal sealed record DecodeOptions
{
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>The service whose records are wanted; null: told from the packets.</summary>
    public string? Service { get; init; }

    /// <summary>The files are bare BMP byte streams.</summary>
    public bool Raw { get; init; }

    public bool IgnoreLocRib { get; init; }

    /// <summary>Null: every record is printed.</summary>
    public CurationOptions? Curation { get; init; }

    public bool Peers { get; init; }

    public bool Stats { get; init; }

    public bool Malformed { get; init; }

    public int MaxMessageBytes { get; init; }

    public string CollectorId { get; init; } = "";

    /// <summary>Print flows of IPv4 packets too.</summary>
    public bool IncludeIpv4 { get; init; }

    /// <summary>Print interface counters too.</summary>
    public bool Counters { get; init; }

    /// <summary>The agentId of replies.</summary>
    public string AgentId { get; init; } = "";

    /// <summary>What the sender of the probes was started with; null: their integrity is not checked.</summary>
    public ushort? CaracalId { get; init; }
}
