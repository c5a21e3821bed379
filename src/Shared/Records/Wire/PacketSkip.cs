namespace Shared.Records.Wire;

/// <summary>Says why a packet has no IP payload to read.</summary>
public enum PacketSkip
{
    None,

    /// <summary>ARP, LLDP and the like.</summary>
    NotIp,

    /// <summary>A link type that <see cref="LinkLayer"/> does not know.</summary>
    LinkTypeUnknown,

    /// <summary>A fragment of an IP packet. The services do not reassemble fragments.</summary>
    IpFragment,

    /// <summary>The snap length, or the packet itself, ends inside a header.</summary>
    HeaderCut,
}
