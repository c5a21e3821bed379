@0x83f9299a125b7932;

# One BGP route monitored over BMP: one announced or withdrawn prefix.
# Ordinals 0 to 30 are the contract of the service's first version; from 31 on fields were appended.
# Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d. Numbers that a message does not carry are 0, lists are empty.

struct Update @0x91f1abe47b4600e2 {
  timeReceivedNs @0 :UInt64;          # when the bytes were read from the socket, ns since 1970 UTC
  timeBmpHeaderNs @1 :UInt64;         # RFC 7854 4.2 Timestamp, microsecond precision, in ns; 0 = the router gave none
  routerAddr @2 :Data;                # the router's TCP address (or its PROXY v2 source)
  routerPort @3 :UInt16;              # the router's TCP port
  peerAddr @4 :Data;                  # Peer Address; :: for Loc-RIB
  peerBgpId @5 :UInt32;               # Peer BGP ID, 10.0.0.1 = 0x0A000001
  peerAsn @6 :UInt32;                 # Peer AS
  prefixAddr @7 :Data;                # host bits are 0
  prefixLen @8 :UInt8;                # native length: 24 for 203.0.113.0/24
  isPostPolicy @9 :Bool;              # L flag
  isAdjRibOut @10 :Bool;              # O flag, RFC 8671
  announced @11 :Bool;                # true = announced, false = withdrawn
  synthetic @12 :Bool;                # a withdrawal that the collector made itself
  origin @13 :Text;                   # IGP, EGP or INCOMPLETE; INCOMPLETE where absent
  asPath @14 :List(UInt32);           # the AS_SEQUENCE segments, joined
  nextHop @15 :Data;                  # NEXT_HOP, or the (global) next hop of MP_REACH_NLRI
  multiExitDisc @16 :UInt32;
  localPreference @17 :UInt32;
  onlyToCustomer @18 :UInt32;         # RFC 9234
  atomicAggregate @19 :Bool;
  aggregatorAsn @20 :UInt32;          # AS4_AGGREGATOR merged, RFC 6793
  aggregatorBgpId @21 :UInt32;
  communities @22 :List(Community);
  extendedCommunities @23 :List(ExtendedCommunity);
  largeCommunities @24 :List(LargeCommunity);
  originatorId @25 :UInt32;
  clusterList @26 :List(UInt32);
  mpReachAfi @27 :UInt16;             # of the message, not of this row; see afi and safi
  mpReachSafi @28 :UInt8;
  mpUnreachAfi @29 :UInt16;
  mpUnreachSafi @30 :UInt8;

  pathId @31 :UInt32;                 # RFC 7911 Path Identifier, where hasPathId
  peerType @32 :UInt8;                # RFC 7854 4.2: 0 global, 1 RD, 2 local instance, 3 Loc-RIB (RFC 9069)
  ribView @33 :UInt8;                 # 0 Adj-RIB-In pre-policy, 1 Adj-RIB-In post-policy, 2 Adj-RIB-Out pre-policy,
                                      # 3 Adj-RIB-Out post-policy, 4 Loc-RIB
  hasPathId @34 :Bool;                # the NLRI carried a Path Identifier
  peerDistinguisher @35 :UInt64;      # RFC 7854 4.2 Peer Distinguisher, its 8 bytes as a big-endian number
  routeDistinguisher @36 :UInt64;     # RFC 4364 RD of a VPN prefix, its 8 bytes as a big-endian number
  collectorEpochNs @37 :UInt64;       # when the collector process started, ns since 1970 UTC
  sequence @38 :UInt64;               # counts this router's records within one epoch, from 1
  attributesPresent @39 :UInt64;      # bit n set = path attribute type n (0 to 63) was in the UPDATE and can be read
  afi @40 :UInt16;                    # of this row's prefix
  safi @41 :UInt8;
  peerFlags @42 :UInt8;               # RFC 7854 4.2 Peer Flags as sent (V L A O; F of RFC 9069)
  errorAction @43 :UInt8;             # 0 none, 1 attribute discard (RFC 7606 2): a part of the UPDATE is left out
  collectorId @44 :Text;
  nextHopLinkLocal @45 :Data;         # RFC 2545: 16 bytes, or empty
  asPathSegments @46 :List(AsPathSegment);       # every segment in order, unless AS_SEQUENCE is the only kind
  mplsLabels @47 :List(UInt32);       # RFC 8277: the 20-bit label values, top first
  otherAttributes @48 :List(PathAttribute);      # attributes without a field of their own or that cannot be read, in message order
}

struct Community @0xe2d1ff3809d54a0a {
  asn @0 :UInt32;
  value @1 :UInt16;
}

# RFC 4360 and RFC 5701. Bytes are as received: value has 6 bytes, or 18 in an IPv6 address specific community.
struct ExtendedCommunity @0xb71bff67ebf591a9 {
  typeHigh @0 :UInt8;
  typeLow @1 :UInt8;
  value @2 :Data;
}

struct LargeCommunity @0x882a92a3e30d7d1f {
  globalAdmin @0 :UInt32;
  localDataPart1 @1 :UInt32;
  localDataPart2 @2 :UInt32;
}

# RFC 4271 4.3, RFC 5065: type 1 AS_SET, 2 AS_SEQUENCE, 3 AS_CONFED_SEQUENCE, 4 AS_CONFED_SET.
struct AsPathSegment @0xd9d0f4b3a1c56e21 {
  type @0 :UInt8;
  asns @1 :List(UInt32);
}

struct PathAttribute @0xc3b1a7f0925d4e88 {
  flags @0 :UInt8;
  type @1 :UInt8;
  value @2 :Data;
}
