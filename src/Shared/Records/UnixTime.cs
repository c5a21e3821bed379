namespace Shared.Records;

/// <summary>Converts wall-clock time to the unit of the records: nanoseconds since 1970 UTC, in steps of 100.</summary>
public static class UnixTime
{
    private const int NanosecondsPerTick = 100;

    /// <summary>The nanoseconds from 1970 UTC to <paramref name="time"/>, which must not be earlier.</summary>
    public static ulong ToNs(DateTimeOffset time) => (ulong)(time - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick;

    /// <summary>The clock's present time in nanoseconds since 1970 UTC.</summary>
    public static ulong NowNs(TimeProvider clock) => ToNs(clock.GetUtcNow());
}
