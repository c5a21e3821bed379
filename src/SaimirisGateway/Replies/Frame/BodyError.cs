namespace SaimirisGateway.Replies.Frame;

/// <summary>The reason why a body of replies cannot be read any further.</summary>
/// <param name="Offset">The byte of the body at which the malformed record, or the file's header, begins.</param>
internal readonly record struct BodyError(BodyErrorCode Code, long Offset)
{
    public override string ToString() => $"{Code.Reason()} at byte {Offset}";
}

/// <summary>The reasons. The answer to the agent and the metrics have their names.</summary>
internal enum BodyErrorCode : byte
{
    None,

    /// <summary>The body ends inside a record.</summary>
    Truncated,

    // pcap.
    PcapMagicUnknown,
    PcapLinkTypeUnknown,
    PcapPacketTooLong,

    // Cap'n Proto: the structure of the message.
    MessageTooLarge,
    PointerInvalid,
    MessageTooMuchTraversed,

    // Cap'n Proto: the values of its fields.
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
