using Shared.Records.Wire;

namespace SaimirisGateway.Probes.Submit;

/// <summary>One valid probe. For ICMPv6 the agent does not use the destination port.</summary>
internal readonly record struct Probe(Ipv6Address Destination, ushort SourcePort, ushort DestinationPort, byte Ttl, ProbeProtocol Protocol);
