using Shared.Records.Wire;

namespace Load.Arrivals;

/// <summary>Who made a record, and for which router: sequence numbers count within this.</summary>
/// <param name="Collector">collectorId.</param>
/// <param name="EpochNs">collectorEpochNs.</param>
/// <param name="Router">routerAddr.</param>
internal readonly record struct RecordSource(string Collector, ulong EpochNs, Ipv6Address Router);
