using Risotto.Curate;

namespace Replay.Decode;

/// <summary>The options of <c>replay decode</c>.</summary>
internal sealed record DecodeOptions
{
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>The service whose records to print; null: the packets decide.</summary>
    public string? Service { get; init; }

    /// <summary>The files are bare BMP byte streams.</summary>
    public bool Raw { get; init; }

    public bool IgnoreLocRib { get; init; }

    /// <summary>Print text that explains each message, in place of the records.</summary>
    public bool Explain { get; init; }

    /// <summary>Null: no curation, every record is printed.</summary>
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

    /// <summary>The id with which the sender of the probes was started; null: the integrity of probes is not checked.</summary>
    public ushort? CaracalId { get; init; }
}
