@0xd5b80f6a3c97e142;

# One statistic of a BMP Statistics Report: RFC 7854 4.8, RFC 8671 6.2, RFC 9069 6. A report makes one record per TLV.

struct PeerStatistic @0x9f4c2d7be105a683 {
  timeReceivedNs @0 :UInt64;          # ns since 1970 UTC
  timeBmpHeaderNs @1 :UInt64;
  routerAddr @2 :Data;                # 16 bytes, IPv4 as ::ffff:a.b.c.d
  routerPort @3 :UInt16;
  collectorId @4 :Text;
  collectorEpochNs @5 :UInt64;
  sequence @6 :UInt64;                # the sequence of the router's last Update before this
  peerType @7 :UInt8;
  peerFlags @8 :UInt8;
  statType @9 :UInt16;                # the IANA BMP Statistics Type
  peerDistinguisher @10 :UInt64;
  peerAddr @11 :Data;
  peerAsn @12 :UInt32;
  peerBgpId @13 :UInt32;
  afi @14 :UInt16;                    # per-AFI/SAFI statistics (types 9, 10, 16, 17); else 0
  safi @15 :UInt8;
  value @16 :UInt64;                  # the 32-bit counter or 64-bit gauge
  raw @17 :Data;                      # the TLV's bytes where its length is none of 4, 8 or 11; else empty
}
