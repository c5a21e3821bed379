namespace Shared.Records;

/// <summary>
/// Names the process that wrote a record, so that a reader can tell collectors and their runs apart and order what they wrote.
/// </summary>
/// <param name="Id">The collector's name, at most 200 bytes of UTF-8.</param>
/// <param name="EpochNs">
/// When the process started, in nanoseconds since 1970 UTC; later if an earlier run's epoch was not before that time.
/// </param>
public sealed record CollectorIdentity(string Id, ulong EpochNs);
