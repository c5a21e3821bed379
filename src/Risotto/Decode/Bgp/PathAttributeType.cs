namespace Risotto.Decode.Bgp;

/// <summary>The path attributes that have a field of their own (IANA: BGP Path Attributes).</summary>
internal enum PathAttributeType : byte
{
    Origin = 1,
    AsPath = 2,
    NextHop = 3,
    MultiExitDisc = 4,
    LocalPref = 5,
    AtomicAggregate = 6,
    Aggregator = 7,
    Communities = 8,
    OriginatorId = 9,
    ClusterList = 10,
    MpReachNlri = 14,
    MpUnreachNlri = 15,
    ExtendedCommunities = 16,
    As4Path = 17,
    As4Aggregator = 18,
    Ipv6ExtendedCommunities = 25,
    LargeCommunities = 32,
    OnlyToCustomer = 35,
}
