namespace Replay.Send;

/// <summary>What <c>replay send</c> was asked for.</summary>
internal sealed record SendOptions
{
    public required string File { get; init; }

    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Captured seconds per second; infinity: as fast as the service takes it.</summary>
    public double Speed { get; init; } = 1;

    /// <summary>How many times the file is sent.</summary>
    public int Loops { get; init; } = 1;

    /// <summary>The file is a bare BMP byte stream.</summary>
    public bool Raw { get; init; }

    public string Target => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary>Where a capture is sent.</summary>
/// <param name="Gateway">For replies; null: a service that takes the streams themselves.</param>
internal readonly record struct SendTarget(string Host, int Port, Uri? Gateway = null);
