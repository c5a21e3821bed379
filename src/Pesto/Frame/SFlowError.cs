namespace Pesto.Frame;

/// <summary>What is wrong with a datagram or with a part of it.</summary>
internal enum SFlowError
{
    None,

    /// <summary>The datagram ends within its header.</summary>
    HeaderTruncated,

    /// <summary>Not version 5.</summary>
    Version,

    /// <summary>The agent's address is of a type that does not exist.</summary>
    AgentAddress,

    /// <summary>A sample is longer than what is left of the datagram; it is lost, those before it are not.</summary>
    SampleTruncated,

    /// <summary>The datagram announces more samples than it holds.</summary>
    SamplesMissing,

    /// <summary>A sample is shorter than the fields that each of its kind has.</summary>
    SampleTooShort,

    /// <summary>A record is longer than what is left of its sample.</summary>
    RecordTruncated,

    /// <summary>The sample announces more records than it holds.</summary>
    RecordsMissing,

    /// <summary>A record is shorter than its fields, or a length in it leads out of it.</summary>
    RecordMalformed,
}
