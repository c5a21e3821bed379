@0xa4a1c7d2e85f3b61;

# The messages of a router about itself and its BGP peers over BMP: Peer Up, Peer Down, Initiation, Termination,
# and the start and end of the router's TCP session. Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d.

struct PeerEvent @0xb0a76d5e9c1f2348 {
  timeReceivedNs @0 :UInt64;          # ns since 1970 UTC
  timeBmpHeaderNs @1 :UInt64;         # 0 where the event has no per-peer header
  routerAddr @2 :Data;
  routerPort @3 :UInt16;
  collectorId @4 :Text;
  collectorEpochNs @5 :UInt64;
  sequence @6 :UInt64;                # the sequence of the router's last Update before this event: one order for both
  kind @7 :UInt8;                     # 0 peer up, 1 peer down, 2 initiation, 3 termination, 4 session open, 5 session closed
  peerType @8 :UInt8;                 # 0 global, 1 RD, 2 local instance, 3 Loc-RIB
  peerFlags @9 :UInt8;
  reason @10 :UInt16;                 # peer down: RFC 7854 4.9 Reason; termination: RFC 7854 4.5 Reason
  peerDistinguisher @11 :UInt64;
  peerAddr @12 :Data;
  peerAsn @13 :UInt32;
  peerBgpId @14 :UInt32;
  localAddr @15 :Data;                # peer up: Local Address
  localPort @16 :UInt16;
  remotePort @17 :UInt16;
  localAsn @18 :UInt32;               # of the sent OPEN, 4-octet AS capability merged
  localBgpId @19 :UInt32;
  holdTime @20 :UInt16;               # the smaller of the two OPENs', seconds
  sentCapabilities @21 :List(Capability);
  receivedCapabilities @22 :List(Capability);
  information @23 :List(Information); # RFC 7854 4.4 Information TLVs, in order
  data @24 :Data;                     # peer down: the NOTIFICATION PDU, or the 2-byte FSM event code
}

# RFC 5492: one capability of an OPEN.
struct Capability @0xe19c0d3f7a2b5846 {
  code @0 :UInt8;
  value @1 :Data;
}

# RFC 7854 4.4: type 0 string, 1 sysDescr, 2 sysName, 3 VRF/Table Name, 4 Admin Label; in a Termination 0 string, 1 reason.
struct Information @0xf7d2b8a1640c9e35 {
  type @0 :UInt16;
  value @1 :Data;
}
