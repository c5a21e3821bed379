namespace SaimirisGateway.Replies.Decode;

/// <summary>Why a record that can be read is no reply of this agent's. The body goes on behind it.</summary>
internal enum ReplyRejection : byte
{
    None,

    /// <summary>No IP packet, or no ICMP Echo Reply, Destination Unreachable or Time Exceeded: an agent's capture holds its probes too.</summary>
    NotAReply,

    /// <summary>The packet ends inside the IP or ICMP header.</summary>
    PacketTruncated,
    IpFragment,

    /// <summary>The quoted packet ends before the first 8 octets of its transport header do: nothing tells which probe it was.</summary>
    QuoteTruncated,

    /// <summary>What is quoted is no IP packet of the reply's own version, or a fragment without a transport header.</summary>
    QuoteInvalid,

    /// <summary>The quoted packet is neither UDP, TCP nor an echo request.</summary>
    ProbeProtocolUnknown,

    /// <summary>The sender's caracal-id makes another Identification of the probe's fields.</summary>
    IntegrityFailed,

    /// <summary>The extension holds more than <see cref="Reply.MaxLabels"/> labels.</summary>
    TooManyLabels,

    /// <summary>A message claims to be another agent's.</summary>
    AgentMismatch,
}

internal static class ReplyRejectionReasons
{
    public static readonly int Count = Enum.GetValues<ReplyRejection>().Length;

    public static string Reason(this ReplyRejection rejection) => rejection switch
    {
        ReplyRejection.NotAReply => "not_a_reply",
        ReplyRejection.PacketTruncated => "packet_truncated",
        ReplyRejection.IpFragment => "ip_fragment",
        ReplyRejection.QuoteTruncated => "quote_truncated",
        ReplyRejection.QuoteInvalid => "quote_invalid",
        ReplyRejection.ProbeProtocolUnknown => "probe_protocol_unknown",
        ReplyRejection.IntegrityFailed => "integrity_failed",
        ReplyRejection.TooManyLabels => "too_many_labels",
        ReplyRejection.AgentMismatch => "agent_mismatch",
        _ => "none",
    };
}
