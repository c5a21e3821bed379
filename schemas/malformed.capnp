@0x8e61f3b20d94a7c5;

# The dead-letter topic: the raw bytes of a BMP message of which something could not be used, and why.

struct MalformedMessage @0xc87a195e3bf0d264 {
  timeReceivedNs @0 :UInt64;          # ns since 1970 UTC
  routerAddr @1 :Data;                # 16 bytes, IPv4 as ::ffff:a.b.c.d
  routerPort @2 :UInt16;
  action @3 :UInt8;                   # 0 everything is used, 1 a part is left out, 3 message skipped, 4 session closed
  collectorId @4 :Text;
  collectorEpochNs @5 :UInt64;
  sequence @6 :UInt64;                # the sequence of the router's last Update before this
  error @7 :Text;                     # the reason, as in risotto_malformed_total{reason}
  offset @8 :UInt32;                  # byte of the message at which it was found
  message @9 :Data;                   # the BMP message, common header included, up to 65583 bytes
}
