using Shared.Records.Batch;

namespace Risotto.Pipeline;

/// <summary>What changes the output of a session.</summary>
internal sealed record PipelineOptions
{
    /// <summary>A longer BMP message closes the session. 1 MiB holds an extended BGP message sixteen times over.</summary>
    public int MaxMessageBytes { get; init; } = 1 << 20;

    /// <summary>Leave out Route Monitoring of Loc-RIB peers, as the service's first version did.</summary>
    public bool IgnoreLocRib { get; init; }
}

/// <summary>Where the records go; a topic that is off is null.</summary>
internal sealed record PipelineOutputs
{
    /// <summary>No record of any topic is larger: an extended UPDATE's attributes grow at most eightfold.</summary>
    public const int MaxRecordBytes = 1024 + 8 * 65_536;

    public required TopicWriter Updates { get; init; }

    public TopicWriter? Peers { get; init; }

    public TopicWriter? Stats { get; init; }

    public TopicWriter? Malformed { get; init; }
}
