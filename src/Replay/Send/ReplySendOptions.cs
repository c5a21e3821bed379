namespace Replay.Send;

/// <summary>The options of <c>replay send</c> for sending replies to a gateway.</summary>
internal sealed record ReplySendOptions
{
    /// <summary>A capture; "-" is standard input.</summary>
    public required string File { get; init; }

    public required Uri Gateway { get; init; }

    public required string Agent { get; init; }

    public required string Key { get; init; }

    /// <summary>
    /// The id with which the sender of the probes was started. Null: the gateway does not check the probes, or knows the id.
    /// </summary>
    public ushort? CaracalId { get; init; }

    /// <summary>Waits for more at the file's end, because the file still grows.</summary>
    public bool Follow { get; init; }

    public int MaxBodyRecords { get; init; } = 10_000;

    /// <summary>The time that a body's first packet waits for others.</summary>
    public TimeSpan BodyWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Captured seconds per second; infinity: as fast as the gateway takes it. A live capture is not paced.</summary>
    public double Speed { get; init; } = 1;

    public int Loops { get; init; } = 1;

    public bool IsStandardInput => File == "-";

    public Uri Route
    {
        get
        {
            string query = CaracalId is { } id ? FormattableString.Invariant($"?caracal-id={id}") : "";
            return new Uri(Gateway, $"/agent-api/agent/{Uri.EscapeDataString(Agent)}/replies{query}");
        }
    }
}
