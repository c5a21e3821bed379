using Shared.Records.Wire;

namespace Load.Arrivals;

/// <summary>The maker of a record, and the router that it is for: sequence numbers count for each of these.</summary>
/// <param name="Collector">collectorId.</param>
/// <param name="EpochNs">collectorEpochNs.</param>
/// <param name="Router">routerAddr.</param>
internal readonly record struct RecordSource(string Collector, ulong EpochNs, Ipv6Address Router);
