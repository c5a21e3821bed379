namespace Replay.Send;

/// <summary>What <c>replay send</c> was asked for, where it sends replies to a gateway.</summary>
internal sealed record ReplySendOptions
{
    /// <summary>A capture; "-" is standard input.</summary>
    public required string File { get; init; }

    public required Uri Gateway { get; init; }

    public required string Agent { get; init; }

    public required string Key { get; init; }

    /// <summary>Null: the gateway does not check the probes, or knows it itself.</summary>
    public ushort? CaracalId { get; init; }

    /// <summary>The file grows: at its end one waits for more.</summary>
    public bool Follow { get; init; }

    public int MaxBodyRecords { get; init; } = 10_000;

    /// <summary>How long a body's first packet waits for others.</summary>
    public TimeSpan BodyWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Captured seconds per second; infinity: as fast as the gateway takes it. What comes while it is captured is not held back.</summary>
    public double Speed { get; init; } = 1;

    public int Loops { get; init; } = 1;

    public bool IsStandardInput => File == "-";

    public Uri Route => new(Gateway,
        $"/agent-api/agent/{Uri.EscapeDataString(Agent)}/replies{(CaracalId is { } id ? FormattableString.Invariant($"?caracal-id={id}") : "")}");
}
