using Shared.Records.Batch;

namespace Risotto.Pipeline;

/// <summary>The settings that change the output of a session.</summary>
internal sealed record PipelineOptions
{
    /// <summary>A longer BMP message closes the session. 1 MiB holds sixteen extended BGP messages.</summary>
    public int MaxMessageBytes { get; init; } = 1 << 20;

    /// <summary>Leave out Route Monitoring of Loc-RIB peers, as the service's first version did.</summary>
    public bool IgnoreLocRib { get; init; }
}

/// <summary>The topics of the records; one that is off is null.</summary>
internal sealed record PipelineOutputs
{
    /// <summary>No record of any topic is larger: the attributes of an extended UPDATE grow at most eightfold.</summary>
    public const int MaxRecordBytes = 1024 + 8 * 65_536;

    public required TopicWriter Updates { get; init; }

    public TopicWriter? Peers { get; init; }

    public TopicWriter? Stats { get; init; }

    public TopicWriter? Malformed { get; init; }
}
