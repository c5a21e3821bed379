using Shared.Records.Wire;

namespace SaimirisGateway.Probes.Decode;

/// <summary>One valid probe. For ICMPv6 the agent does not use the destination port.</summary>
internal readonly record struct Probe(Ipv6Address Destination, ushort SourcePort, ushort DestinationPort, byte Ttl, ProtocolCode Protocol);

/// <summary>The protocol of a probe. The numbers are those of Protocol in schemas/probe.capnp.</summary>
internal enum ProtocolCode : byte
{
    Udp = 1,
    IcmpV6 = 3,
}
