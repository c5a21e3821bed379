namespace Shared.Records.CapnProto;

/// <summary>Limits what a message may claim. The defaults fit any record of the services and of the reference implementation.</summary>
public sealed record MessageLimits
{
    /// <summary>The segments of one message.</summary>
    public int MaxSegments { get; init; } = 64;

    /// <summary>The words of 8 bytes of all segments together: 8 MiB.</summary>
    public int MaxWords { get; init; } = 1 << 20;

    /// <summary>The nesting of structs and lists.</summary>
    public int MaxDepth { get; init; } = 32;

    /// <summary>
    /// The words that a reader may visit: many pointers can lead to the same word, and a list of empty elements can claim any length.
    /// </summary>
    public int MaxTraversedWords { get; init; } = 8 << 20;
}
