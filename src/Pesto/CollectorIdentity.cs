namespace Pesto;

/// <summary>Who collected: stands in every record, so that what several collectors or runs wrote can be told apart and ordered.</summary>
/// <param name="Id">A name, at most 200 UTF-8 octets.</param>
/// <param name="EpochNs">When the process started, nanoseconds since 1970 UTC.</param>
internal sealed record CollectorIdentity(string Id, ulong EpochNs);
