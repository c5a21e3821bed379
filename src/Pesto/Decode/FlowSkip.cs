namespace Pesto.Decode;

/// <summary>Why a flow sample makes no record.</summary>
internal enum FlowSkip
{
    /// <summary>It makes one.</summary>
    None,

    /// <summary>An IPv4 packet, and <c>--include-ipv4</c> is not given.</summary>
    Ipv4,

    /// <summary>ARP, LLDP, a pseudowire and the like.</summary>
    NotIp,

    /// <summary>The sampled header ends before the IP source address does.</summary>
    HeaderCut,

    /// <summary>The sampled header begins with a protocol that is not read here, such as token ring.</summary>
    HeaderProtocol,

    /// <summary>It has no sampled header, no sampled_ipv4 and no sampled_ipv6 record.</summary>
    NoPacket,

    /// <summary>Its records cannot be followed: see the errors.</summary>
    Malformed,
}
