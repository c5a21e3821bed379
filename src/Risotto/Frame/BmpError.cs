namespace Risotto.Frame;

/// <summary>An error in a BMP message: its code, and the byte of the message (common header included) where it was found.</summary>
internal readonly record struct BmpError(BmpErrorCode Code, int Offset)
{
    public bool IsError => Code != BmpErrorCode.None;

    public override string ToString() => $"{Code.Reason()} at byte {Offset}";
}

/// <summary>What the collector does about an error, from the mildest to the strongest.</summary>
internal enum BmpErrorAction : byte
{
    None = 0,

    /// <summary>RFC 7606 2: the attribute is left out, the routes stay.</summary>
    AttributeDiscard = 1,

    /// <summary>RFC 7606 2: the routes of the UPDATE are withdrawn.</summary>
    TreatAsWithdraw = 2,

    /// <summary>
    /// No part of the message is used. RFC 7606 asks for a session reset or AFI/SAFI disable here, which only the router can do.
    /// </summary>
    SkipMessage = 3,

    /// <summary>The stream has lost its framing.</summary>
    CloseSession = 4,
}

/// <summary>
/// All errors. The names in snake case are the reasons of the dead letters and of <c>risotto_malformed_total{reason}</c>.
/// </summary>
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

/// <summary>The one table from error to action, and the names of the errors.</summary>
internal static class BmpErrorActions
{
    private static readonly string[] Reasons = [.. Enum.GetNames<BmpErrorCode>().Select(ToSnakeCase)];

    public static BmpErrorAction Action(this BmpErrorCode code) => code switch
    {
        BmpErrorCode.None => BmpErrorAction.None,
        <= BmpErrorCode.BmpVersionUnknown => BmpErrorAction.CloseSession,
        <= BmpErrorCode.MpAttributeRepeated => BmpErrorAction.SkipMessage,
        <= BmpErrorCode.MandatoryAttributeMissing => BmpErrorAction.TreatAsWithdraw,
        _ => BmpErrorAction.AttributeDiscard,
    };

    /// <summary>The name in metrics, logs and dead letters: <c>as_path_invalid</c>.</summary>
    public static string Reason(this BmpErrorCode code) => Reasons[(int)code];

    private static string ToSnakeCase(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i == 0 ? "" : "_") + char.ToLowerInvariant(c) : c.ToString()));
}
