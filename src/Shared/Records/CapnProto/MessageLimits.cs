namespace Shared.Records.CapnProto;

/// <summary>What a message may claim. The defaults hold any record of the suite and any that the reference implementation writes.</summary>
public sealed record MessageLimits
{
    /// <summary>Segments of one message.</summary>
    public int MaxSegments { get; init; } = 64;

    /// <summary>Words of 8 octets of all segments together: 8 MiB.</summary>
    public int MaxWords { get; init; } = 1 << 20;

    /// <summary>Structs and lists within one another.</summary>
    public int MaxDepth { get; init; } = 32;

    /// <summary>
    /// Words that may be visited: pointers can lead to the same place again and again, and a list of nothing can claim any length.
    /// </summary>
    public int MaxTraversedWords { get; init; } = 8 << 20;
}
