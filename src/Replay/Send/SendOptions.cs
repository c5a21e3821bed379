namespace Replay.Send;

/// <summary>The options of <c>replay send</c> for BMP and sFlow.</summary>
internal sealed record SendOptions
{
    public required string File { get; init; }

    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Captured seconds per second; infinity: as fast as the service takes it.</summary>
    public double Speed { get; init; } = 1;

    /// <summary>The number of times that the file is sent.</summary>
    public int Loops { get; init; } = 1;

    /// <summary>The file is a bare BMP byte stream.</summary>
    public bool Raw { get; init; }

    public string Target => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary>The target of a capture.</summary>
/// <param name="Gateway">The gateway for replies; null: a service that takes BMP or sFlow.</param>
internal readonly record struct SendTarget(string Host, int Port, Uri? Gateway = null);
