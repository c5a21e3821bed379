namespace SaimirisGateway.Replies.Frame;

/// <summary>Why a body of replies cannot be read any further, and the octet of the body at which that record (or the file's header) begins.</summary>
internal readonly record struct BodyError(BodyErrorCode Code, long Offset)
{
    public bool IsError => Code != BodyErrorCode.None;

    public override string ToString() => $"{Code.Reason()} at octet {Offset}";
}

/// <summary>The reasons, as in the answer to the agent and in the metrics.</summary>
internal enum BodyErrorCode : byte
{
    None,

    /// <summary>The body ends inside a record.</summary>
    Truncated,

    // pcap.
    PcapMagicUnknown,
    PcapLinkTypeUnknown,
    PcapPacketTooLong,

    // Cap'n Proto, the message's structure.
    MessageTooLarge,
    PointerInvalid,
    MessageTooMuchTraversed,

    // Cap'n Proto, what it says.
    AddressInvalid,
    TextInvalid,
    LabelInvalid,
    TooManyLabels,
}

internal static class BodyErrorReasons
{
    public static string Reason(this BodyErrorCode code) => code switch
    {
        BodyErrorCode.Truncated => "truncated",
        BodyErrorCode.PcapMagicUnknown => "pcap_magic_unknown",
        BodyErrorCode.PcapLinkTypeUnknown => "pcap_link_type_unknown",
        BodyErrorCode.PcapPacketTooLong => "pcap_packet_too_long",
        BodyErrorCode.MessageTooLarge => "message_too_large",
        BodyErrorCode.PointerInvalid => "pointer_invalid",
        BodyErrorCode.MessageTooMuchTraversed => "message_too_much_traversed",
        BodyErrorCode.AddressInvalid => "address_invalid",
        BodyErrorCode.TextInvalid => "text_invalid",
        BodyErrorCode.LabelInvalid => "label_invalid",
        BodyErrorCode.TooManyLabels => "too_many_labels",
        _ => "none",
    };
}
