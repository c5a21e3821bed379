namespace Shared.Delivery.Spool;

/// <summary>When what was appended is forced to the disk (fsync). A kill of the process loses nothing in any case; a power cut may.</summary>
public enum SpoolSync
{
    /// <summary>Before a batch counts as kept: a power cut loses no batch that left memory.</summary>
    Always,

    /// <summary>Now and then: a power cut loses what was appended since the last time.</summary>
    Interval,

    /// <summary>When the kernel likes to (about 30 s).</summary>
    Never,
}
