namespace Benchmarks.Live;

/// <summary>A way to run the collector, which the benchmark compares with the others.</summary>
/// <param name="Name">The name in the output.</param>
/// <param name="Flags">The flags of the service.</param>
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

    /// <summary>True: the collector sends records to a broker. False: it counts and drops them.</summary>
    public bool Produces { get; init; } = true;

    /// <summary>Sends with the producer of Confluent.Kafka instead of the service's own.</summary>
    public bool IsConfluent { get; init; }

    /// <summary>The collector has a spool, which it does not use while the broker works.</summary>
    public bool Spools { get; init; }
}
