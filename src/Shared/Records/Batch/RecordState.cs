namespace Shared.Records.Batch;

/// <summary>The states in which <see cref="ShardAccount"/> counts a record. A record has one state at a time.</summary>
public enum RecordState
{
    /// <summary>Decoded, and in no batch yet.</summary>
    Input,

    /// <summary>The record is in a closed batch in memory, and nowhere else.</summary>
    InFlight,

    /// <summary>The record is in the spool on disk; its batch may be in memory too.</summary>
    Spooled,

    /// <summary>Acknowledged by the broker, or written to a file of <c>--output-dir</c>.</summary>
    Acked,
}
