namespace EndToEnd.Tests.Faults;

/// <summary>How long the faults last: shorter by default, as the issue of record demands with the variable <c>FAULTS=full</c>.</summary>
internal static class FaultScale
{
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("FAULTS") == "full";

    public static TimeSpan EmbeddedOutage => TimeSpan.FromSeconds(60);

    public static TimeSpan KafkaOutage => TimeSpan.FromSeconds(IsFull ? 60 : 15);

    public static int Kills => IsFull ? 20 : 5;
}
