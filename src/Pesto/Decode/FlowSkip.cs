using Pesto.Frame;

namespace Pesto.Decode;

/// <summary>The reasons why a flow sample makes no record.</summary>
internal enum FlowSkip
{
    /// <summary>It makes a record.</summary>
    None,

    /// <summary>An IPv4 packet, and <c>--include-ipv4</c> is not given.</summary>
    Ipv4,

    /// <summary>The packet is not IP: ARP, LLDP, a pseudowire and the like.</summary>
    NotIp,

    /// <summary>The sampled header ends within the IP source address or before it.</summary>
    HeaderCut,

    /// <summary>The sampled header begins with a protocol that Pesto does not read, such as token ring.</summary>
    HeaderProtocol,

    /// <summary>It has no sampled header, no sampled_ipv4 and no sampled_ipv6 record.</summary>
    NoPacket,

    /// <summary>Its records are malformed; the errors are counted by <see cref="SFlowError"/>.</summary>
    Malformed,
}
