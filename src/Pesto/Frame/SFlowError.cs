namespace Pesto.Frame;

/// <summary>The faults of a datagram and of its parts.</summary>
internal enum SFlowError
{
    None,

    /// <summary>The datagram ends within its header.</summary>
    HeaderTruncated,

    /// <summary>The version is not 5.</summary>
    Version,

    /// <summary>The type of the agent's address does not exist.</summary>
    AgentAddress,

    /// <summary>A sample is longer than the rest of the datagram; it is lost, but not the samples before it.</summary>
    SampleTruncated,

    /// <summary>The datagram announces more samples than it holds.</summary>
    SamplesMissing,

    /// <summary>A sample is shorter than the fixed fields of its kind.</summary>
    SampleTooShort,

    /// <summary>A record is longer than the rest of its sample.</summary>
    RecordTruncated,

    /// <summary>The sample announces more records than it holds.</summary>
    RecordsMissing,

    /// <summary>A record is shorter than its fields, or a length in it leads out of it.</summary>
    RecordMalformed,
}
