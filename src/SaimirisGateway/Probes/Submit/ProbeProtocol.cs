namespace SaimirisGateway.Probes.Submit;

/// <summary>What a probe is sent as; the numbers of probe.capnp.</summary>
internal enum ProbeProtocol : byte
{
    Udp = 1,
    IcmpV6 = 3,
}
