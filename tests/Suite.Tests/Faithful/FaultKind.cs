namespace Suite.Tests.Faithful;

/// <summary>What is odd about a generated stream. Streams without any are ordinary BMP.</summary>
internal enum FaultKind
{
    None,

    /// <summary>The connection ends and comes again, and the router reports everything again, with some changes.</summary>
    SessionRestart,

    /// <summary>The collector ends and begins again with its state; then as above.</summary>
    CollectorRestart,

    NextHopMissing,
    NextHopLength,

    /// <summary>ORIGIN missing, empty, too long, or of an unknown value.</summary>
    OriginFault,
    AsPathMissing,

    /// <summary>An unknown segment type, a count of zero, or a cut end.</summary>
    AsPathFault,

    /// <summary>Optional and Transitive bits other than the attribute's own.</summary>
    WrongFlags,

    /// <summary>Communities of all kinds and CLUSTER_LIST, empty or cut.</summary>
    ListFault,

    /// <summary>MULTI_EXIT_DISC, LOCAL_PREF, ORIGINATOR_ID, OTC, ATOMIC_AGGREGATE of wrong length.</summary>
    NumberLength,
    AggregatorLength,
    AttributeListCut,
    AttributeRepeated,

    /// <summary>Two MP_REACH_NLRI or two MP_UNREACH_NLRI in one UPDATE.</summary>
    MpAttributeRepeated,
    MpNextHopLength,
    Marker,

    /// <summary>The last prefix of a field is cut off.</summary>
    NlriCut,

    /// <summary>A prefix longer than an address; what follows it in the field cannot be trusted.</summary>
    PrefixTooLong,

    /// <summary>Peer Down whose data is cut, or which has no data at all.</summary>
    PeerDownCut,

    /// <summary>Termination, and then more messages.</summary>
    Termination,

    /// <summary>ADD-PATH is negotiated, and the router writes no Path Identifiers.</summary>
    PathIdsLeftOut,

    /// <summary>One label without the bottom-of-stack bit.</summary>
    LabelWithoutBottom,

    /// <summary>Withdrawals whose Compatibility field holds anything.</summary>
    WithdrawalCompatibility,

    /// <summary>Several labels, and both OPENs have the Multiple Labels capability.</summary>
    LabelStacks,

    /// <summary>Several labels without the capability, where one label leaves more bits than an address has.</summary>
    LabelStacksUnannounced,

    /// <summary>A second session of the router while the first is open; one of them ends.</summary>
    TwoSessions,

    /// <summary>Peer Up of a peer that is up, then End-of-RIB.</summary>
    PeerUpAgain,

    /// <summary>Two peers with one link-local address.</summary>
    LinkLocalTwins,
    SeveralUpdates,

    /// <summary>Bytes after the UPDATE that are no BGP message.</summary>
    VendorBytes,

    /// <summary>Any of them together.</summary>
    Mixed,
}
