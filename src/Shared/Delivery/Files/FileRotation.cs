namespace Shared.Delivery.Files;

/// <summary>When a file is finished and the next one begun.</summary>
public sealed record FileRotation
{
    /// <summary>Octets; a single larger batch has a file of its own.</summary>
    public long MaxBytes { get; init; } = 256 << 20;

    /// <summary>Since the file was begun.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(1);
}
