namespace Shared.Records.Wire;

/// <summary>Why a packet yields no IP payload.</summary>
public enum PacketSkip
{
    None,

    /// <summary>ARP, LLDP and the like: nothing that a service listens to.</summary>
    NotIp,

    /// <summary>A link type that <see cref="LinkLayer"/> does not know.</summary>
    LinkTypeUnknown,

    /// <summary>A part of a fragmented IP packet. Fragments are not put together.</summary>
    IpFragment,

    /// <summary>The snap length, or the packet itself, ends inside a header.</summary>
    HeaderCut,
}
