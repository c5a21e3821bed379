namespace SaimirisGateway.Replies.Decode;

/// <summary>The reason why a valid record is no reply of this agent. The rest of the body is still read.</summary>
internal enum ReplyRejection : byte
{
    None,

    /// <summary>
    /// It is no IP packet, or no ICMP Echo Reply, Destination Unreachable or Time Exceeded. A capture has the agent's probes too.
    /// </summary>
    NotAReply,

    /// <summary>The packet ends inside the IP or ICMP header.</summary>
    PacketTruncated,
    IpFragment,

    /// <summary>The quoted packet has less than 8 bytes of its transport header, so the probe is unknown.</summary>
    QuoteTruncated,

    /// <summary>The quote is no IP packet of the reply's own version, or it is a fragment without a transport header.</summary>
    QuoteInvalid,

    /// <summary>The quoted packet is neither UDP, TCP nor an echo request.</summary>
    ProbeProtocolUnknown,

    /// <summary>The probe's Identification does not match its fields and the sender's caracal-id.</summary>
    IntegrityFailed,

    /// <summary>The extension holds more than <see cref="Reply.MaxLabels"/> labels.</summary>
    TooManyLabels,

    /// <summary>The message has another agent's id.</summary>
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
