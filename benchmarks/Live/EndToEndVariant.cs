namespace Benchmarks.Live;

/// <summary>A way to run the collector that is compared with the others.</summary>
/// <param name="Name">In the output.</param>
/// <param name="Produces">To a broker; otherwise records are counted and dropped.</param>
/// <param name="Flags">Of the service.</param>
/// <param name="HostWords">Of <see cref="CollectorHost"/>.</param>
internal sealed record EndToEndVariant(string Name, bool Produces, string[] Flags, string[] HostWords)
{
    public static readonly IReadOnlyList<EndToEndVariant> All =
    [
        new("no-produce", Produces: false, ["--kafka-disable"], []),
        new("lz4", Produces: true, [], []),
        new("uncompressed", Produces: true, ["--kafka-compression", "none"], []),
    ];
}
