namespace Risotto.Decode;

/// <summary>What was wrong: a code, and the octet of the BMP message (common header included) where it was found.</summary>
internal readonly record struct BmpError(BmpErrorCode Code, int Offset)
{
    public bool IsError => Code != BmpErrorCode.None;

    public override string ToString() => $"{Code.Reason()} at octet {Offset}";
}

/// <summary>What an error costs, from least to most.</summary>
internal enum BmpErrorAction : byte
{
    None = 0,

    /// <summary>RFC 7606 2: the attribute is left out, the routes stand.</summary>
    AttributeDiscard = 1,

    /// <summary>RFC 7606 2: the routes of the UPDATE are withdrawn.</summary>
    TreatAsWithdraw = 2,

    /// <summary>Nothing of the message can be used: RFC 7606's session reset and AFI/SAFI disable, which are the router's to carry out.</summary>
    SkipMessage = 3,

    /// <summary>The stream has lost its framing.</summary>
    CloseSession = 4,
}

/// <summary>The reasons, as in <c>risotto_malformed_total{reason}</c>.</summary>
internal enum BmpErrorCode : byte
{
    None,

    // Framing: the session is closed.
    BmpLengthTooShort,
    BmpLengthTooLong,
    BmpVersionUnknown,

    // The message is skipped.
    BmpVersionUnsupported,
    BmpTypeUnknown,
    PerPeerHeaderTruncated,
    PeerTypeUnknown,
    TooManyPeers,
    PeerUpTruncated,
    OpenInvalid,
    PeerDownTruncated,
    StatisticsTruncated,
    InformationTlvTruncated,
    RouteMirroringTruncated,
    BgpHeaderTruncated,
    BgpMarkerInvalid,
    BgpLengthInvalid,
    BgpTypeNotUpdate,
    UpdateLengthsInvalid,
    WithdrawnRoutesInvalid,
    NlriInvalid,
    MpReachInvalid,
    MpReachNextHopInvalid,
    MpUnreachInvalid,
    MpAttributeRepeated,

    // Treat-as-withdraw.
    AttributeTruncated,
    AttributeFlagsInvalid,
    OriginInvalid,
    AsPathInvalid,
    NextHopInvalid,
    MultiExitDiscInvalid,
    LocalPrefInvalid,
    CommunitiesInvalid,
    OriginatorIdInvalid,
    ClusterListInvalid,
    ExtendedCommunitiesInvalid,
    Ipv6ExtendedCommunitiesInvalid,
    LargeCommunitiesInvalid,
    OnlyToCustomerInvalid,
    MandatoryAttributeMissing,

    // Attribute discard.
    AtomicAggregateInvalid,
    AggregatorInvalid,
    As4PathInvalid,
    As4AggregatorInvalid,
    AttributeRepeated,
    InternalAttributeFromExternalPeer,
}

/// <summary>The one table from reason to action.</summary>
internal static class BmpErrorActions
{
    public static readonly int Count = Enum.GetValues<BmpErrorCode>().Length;

    private static readonly string[] Reasons = [.. Enum.GetNames<BmpErrorCode>().Select(ToSnakeCase)];

    public static BmpErrorAction Action(this BmpErrorCode code) => code switch
    {
        BmpErrorCode.None => BmpErrorAction.None,
        <= BmpErrorCode.BmpVersionUnknown => BmpErrorAction.CloseSession,
        <= BmpErrorCode.MpAttributeRepeated => BmpErrorAction.SkipMessage,
        <= BmpErrorCode.MandatoryAttributeMissing => BmpErrorAction.TreatAsWithdraw,
        _ => BmpErrorAction.AttributeDiscard,
    };

    /// <summary>The code in the words of metrics, logs and the dead-letter topic: <c>as_path_invalid</c>.</summary>
    public static string Reason(this BmpErrorCode code) => Reasons[(int)code];

    private static string ToSnakeCase(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i == 0 ? "" : "_") + char.ToLowerInvariant(c) : c.ToString()));
}
