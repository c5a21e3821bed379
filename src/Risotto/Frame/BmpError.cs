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
    /// <summary>Everything is used: what is odd can be read all the same.</summary>
    None = 0,

    /// <summary>
    /// The part that cannot be read is left out: a path attribute, or the end of an NLRI field. The rest of the message is used. 2 was
    /// treat-as-withdraw: a router has done it by the time it reports its routes.
    /// </summary>
    AttributeDiscard = 1,

    /// <summary>No part of the message is used.</summary>
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
    BmpTypeUnknown,
    PerPeerHeaderTruncated,
    PeerTypeUnknown,
    TooManyPeers,
    PeerUpTruncated,
    OpenInvalid,
    StatisticsTruncated,
    InformationTlvTruncated,
    RouteMirroringTruncated,
    BgpHeaderTruncated,
    BgpLengthInvalid,
    BgpTypeNotUpdate,

    // A part is left out: the reason of a Peer Down, the end of an NLRI field, a path attribute.
    PeerDownTruncated,
    UpdateLengthsInvalid,
    WithdrawnRoutesInvalid,
    NlriInvalid,
    MpReachInvalid,
    MpReachNextHopInvalid,
    MpUnreachInvalid,
    AttributeTruncated,
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
    AtomicAggregateInvalid,
    AggregatorInvalid,
    As4PathInvalid,
    As4AggregatorInvalid,
    AttributeRepeated,
    InternalAttributeFromExternalPeer,
    MpAttributesTooMany,

    // Everything is used.
    BgpMarkerInvalid,
    AttributeFlagsInvalid,
    MpAttributeRepeated,
    MpReachNextHopUnusual,
    AggregatorWidthUnusual,
}

/// <summary>The one table from error to action, and the names of the errors.</summary>
internal static class BmpErrorActions
{
    private static readonly string[] Reasons = [.. Enum.GetNames<BmpErrorCode>().Select(ToSnakeCase)];

    public static BmpErrorAction Action(this BmpErrorCode code) => code switch
    {
        BmpErrorCode.None => BmpErrorAction.None,
        <= BmpErrorCode.BmpVersionUnknown => BmpErrorAction.CloseSession,
        <= BmpErrorCode.BgpTypeNotUpdate => BmpErrorAction.SkipMessage,
        <= BmpErrorCode.MpAttributesTooMany => BmpErrorAction.AttributeDiscard,
        _ => BmpErrorAction.None,
    };

    /// <summary>The name in metrics, logs and dead letters: <c>as_path_invalid</c>.</summary>
    public static string Reason(this BmpErrorCode code) => Reasons[(int)code];

    private static string ToSnakeCase(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i == 0 ? "" : "_") + char.ToLowerInvariant(c) : c.ToString()));
}
