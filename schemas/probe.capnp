@0xe4af8a0924a7def3;

# One probe that an agent is to send. What the gateway writes has 48 bytes: a message of one segment, of 5 words.

enum Protocol @0xeb3484fd66a00f5a {
  tcp @0;
  udp @1;
  icmp @2;
  icmpv6 @3;
}

struct Probe @0x9aae81ab2292ba2c {
  dstAddr @0 :Data;                   # 16 bytes, IPv4 as ::ffff:a.b.c.d
  srcPort @1 :UInt16;
  dstPort @2 :UInt16;
  ttl @3 :UInt8;
  protocol @4 :Protocol;
}
