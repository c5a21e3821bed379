namespace SaimirisGateway.Probes.Outbox;

/// <summary>Where probes wait for the broker, and how they are sent.</summary>
internal sealed record OutboxOptions
{
    /// <summary>Holds the encoded probes of every measurement that is not produced to its end. One process a folder.</summary>
    public string Directory { get; init; } = "";

    public string Topic { get; init; } = "saimiris-probes";

    /// <summary>Of a Kafka message with its key, headers and framing.</summary>
    public int MaxMessageBytes { get; init; } = 1_000_000;

    /// <summary>How long a user's request waits for the acknowledgement of all batches.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A measurement's time beyond what its agents need for sending.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long the client tries to deliver one batch before it says so: with the second that it takes to notice, less than a request waits.</summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromSeconds(4);
}
