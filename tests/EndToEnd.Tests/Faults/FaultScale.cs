namespace EndToEnd.Tests.Faults;

/// <summary>Sets how long the faults last: shorter by default, in full with the variable <c>FAULTS=full</c>.</summary>
internal static class FaultScale
{
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("FAULTS") == "full";

    /// <summary>
    /// The length of outages with the embedded broker. It forgets all but 5 MiB of a partition, so what comes back after a long outage may
    /// be gone before the consumer has read it.
    /// </summary>
    public static TimeSpan EmbeddedOutage => TimeSpan.FromSeconds(IsFull ? 60 : 8);

    public static TimeSpan KafkaOutage => TimeSpan.FromSeconds(IsFull ? 60 : 8);

    /// <summary>The number of kills of a collector whose router's table changes meanwhile.</summary>
    public static int CurationKills => IsFull ? 50 : 5;

    public static int GatewayKills => IsFull ? 20 : 3;

    public static int Kills => IsFull ? 20 : 5;

    /// <summary>
    /// The number of second runs of clickhouse-tables/apply.sh. Its consumers continue 45 s later, when the broker has dropped their
    /// predecessors.
    /// </summary>
    public static int TableRuns => IsFull ? 3 : 0;
}
