namespace Benchmarks.Live;

/// <summary>A way to run the collector that is compared with the others.</summary>
/// <param name="Name">In the output.</param>
/// <param name="Flags">Of the service.</param>
internal sealed record EndToEndVariant(string Name, params string[] Flags)
{
    public static readonly IReadOnlyList<EndToEndVariant> All =
    [
        new("no-produce", "--kafka-disable") { Produces = false },
        new("uncompressed", "--kafka-compression", "none"),
        new("uncompressed-confluent", "--kafka-compression", "none") { IsConfluent = true },
        new("lz4"),
        new("lz4-confluent") { IsConfluent = true },
        new("lz4-spool") { Spools = true },
    ];

    /// <summary>To a broker; otherwise records are counted and dropped.</summary>
    public bool Produces { get; init; } = true;

    /// <summary>Sends with the producer of Confluent.Kafka instead of the service's own.</summary>
    public bool IsConfluent { get; init; }

    /// <summary>A spool stands behind the client, unused while the broker is well.</summary>
    public bool Spools { get; init; }
}
