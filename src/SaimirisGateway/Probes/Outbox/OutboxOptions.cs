namespace SaimirisGateway.Probes.Outbox;

/// <summary>Says where probes wait for the broker, and how they are sent.</summary>
internal sealed record OutboxOptions
{
    /// <summary>The folder of the encoded probes of every measurement that is not completely sent. One process can use it.</summary>
    public string Directory { get; init; } = "";

    public string Topic { get; init; } = "saimiris-probes";

    /// <summary>The maximum of a Kafka message with its key, headers and framing.</summary>
    public int MaxMessageBytes { get; init; } = 1_000_000;

    /// <summary>The time that a user's request waits for the acknowledgement of all batches.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The time of a measurement in addition to the time that its agents need to send the probes.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// The time after which the client reports that it could not deliver a batch. The client needs a second more to notice, and both
    /// together are less than <see cref="AnswerTimeout"/>.
    /// </summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromSeconds(4);
}
