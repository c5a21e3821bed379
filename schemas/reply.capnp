@0xb9d4bebd3a8258c7;

# One reply to a probe, as an agent's sniffer saw it.
# Ordinals 0 to 20 are the contract of the service's first version; from 21 on fields were appended.
# Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d. Numbers that a reply does not carry are 0.

struct Reply @0xdc6b439a4945fcd7 {
  timeReceivedNs @0 :UInt64;          # when the agent captured the reply, ns since 1970 UTC
  agentId @1 :Text;
  replySrcAddr @2 :Data;
  replyDstAddr @3 :Data;
  replyId @4 :UInt16;                 # IPv4 Identification; 0 for IPv6
  replySize @5 :UInt16;               # IPv4 Total Length, IPv6 Payload Length
  replyTtl @6 :UInt8;                 # TTL or Hop Limit of the reply
  replyQuotedTtl @7 :UInt8;           # of the packet that an error quotes
  replyProtocol @8 :UInt8;            # 1 ICMP, 58 ICMPv6
  replyIcmpType @9 :UInt8;
  replyIcmpCode @10 :UInt8;
  replyMplsLabel @11 :List(Mpls);     # RFC 4950, top of the stack first
  probeSrcAddr @12 :Data;             # of the quoted packet; an echo reply's destination
  probeDstAddr @13 :Data;             # of the quoted packet; an echo reply's source
  probeId @14 :UInt16;                # quoted Identification
  probeSize @15 :UInt16;              # quoted Total Length or Payload Length
  probeTtl @16 :UInt8;                # from the length of the probe; 0: no caracal probe has such a length, and rtt is 0 too
  probeProtocol @17 :UInt8;           # 1 ICMP, 6 TCP, 17 UDP, 58 ICMPv6
  probeSrcPort @18 :UInt16;           # ICMP: the echo identifier
  probeDstPort @19 :UInt16;           # ICMP: 0
  rtt @20 :UInt16;                    # tenths of a millisecond, modulo 65535: a reply after 7.0 s reads 446.5 ms

  measurementId @21 :Text;            # where the agent knows it; else empty
  rttMicros @22 :UInt32;              # rtt with the capture's own resolution, modulo 6.5535 s; good to 100 us: the probe carries tenths of ms
  timeGatewayNs @23 :UInt64;          # when the gateway read it, ns since 1970 UTC
  collectorEpochNs @24 :UInt64;       # when the gateway process started, ns since 1970 UTC
  sequence @25 :UInt64;               # counts this agent's records within one epoch, from 1
  collectorId @26 :Text;
}

# RFC 4950 2: one entry of the label stack.
struct Mpls @0xa04fdc6f41d77e35 {
  label @0 :UInt32;
  exp @1 :UInt8;
  sBit @2 :UInt8;
  ttl @3 :UInt8;
}
