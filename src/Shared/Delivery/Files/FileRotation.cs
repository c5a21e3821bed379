namespace Shared.Delivery.Files;

/// <summary>Says when a file is finished and the next one begins.</summary>
public sealed record FileRotation
{
    /// <summary>The largest file in bytes. A larger batch gets a file for itself.</summary>
    public long MaxBytes { get; init; } = 256 << 20;

    /// <summary>The time since the file began.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(1);
}
