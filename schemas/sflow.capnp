@0xb8c3d4e5f6a7b8c9;

# One packet that an sFlow version 5 agent sampled (https://sflow.org/sflow_version_5.txt): one record per flow sample.
# Ordinals 0 to 20 are the contract of the service's first version; from 21 on fields were appended.
# Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d. What a sample does not say is 0 or empty; `present` tells which.

struct SFlowFlowRecord @0xcf27d89097eb551a {
  timeReceivedNs @0 :UInt64;          # when the kernel received the datagram, ns since 1970 UTC
  agentAddr @1 :Data;                 # the agent's address inside the datagram
  agentPort @2 :UInt16;               # the UDP port from which the datagram was sent
  agentSubId @3 :UInt32;
  datagramSequenceNumber @4 :UInt32;
  uptime @5 :UInt32;                  # of the agent, ms
  sampleSequenceNumber @6 :UInt32;
  sourceId @7 :UInt32;                # the index; its kind is sourceIdType
  samplingRate @8 :UInt32;            # one of so many packets
  samplePool @9 :UInt32;
  drops @10 :UInt32;                  # samples that the agent lost for lack of resources, since it started
  inputInterface @11 :UInt32;         # the value; what it means is inputFormat
  outputInterface @12 :UInt32;
  length @13 :UInt32;                 # IP header and payload, as the packet says
  protocol @14 :UInt32;               # the upper layer's, after IPv6 extension headers
  srcIp @15 :Data;
  dstIp @16 :Data;
  srcPort @17 :UInt32;                # TCP, UDP, SCTP, DCCP, UDP-Lite; 0 in fragments but the first
  dstPort @18 :UInt32;
  tcpFlags @19 :UInt32;               # the header's byte: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128
  tos @20 :UInt32;                    # IPv4 TOS byte, IPv6 traffic class

  collectorEpochNs @21 :UInt64;       # when the collector process started, ns since 1970 UTC
  sequence @22 :UInt64;               # top 16 bits: shard; the others count that shard's records within one epoch, from 1, without a gap
  frameLength @23 :UInt32;            # of the whole frame on the wire, as the agent says
  etherType @24 :UInt16;              # of the frame, after VLAN tags
  vlanIn @25 :UInt16;                 # extended_switch; without one the frame's outermost tag
  vlanOut @26 :UInt16;                # extended_switch
  srcPrefixLen @27 :UInt8;            # extended_router
  dstPrefixLen @28 :UInt8;
  icmpType @29 :UInt8;                # ICMP and ICMPv6, where bit 8 of present is set
  icmpCode @30 :UInt8;
  flowLabel @31 :UInt32;              # IPv6
  srcAs @32 :UInt32;                  # extended_gateway
  dstAs @33 :UInt32;                  # extended_gateway: the last AS of the path
  srcPeerAs @34 :UInt32;              # extended_gateway
  routerAs @35 :UInt32;               # extended_gateway: the router's own
  localPref @36 :UInt32;              # extended_gateway
  present @37 :UInt32;                # bit 0 sampled header, 1 sampled_ethernet, 2 sampled_ipv4, 3 sampled_ipv6, 4 extended_switch,
                                      # 5 extended_router, 6 extended_gateway, 7 ports, 8 ICMP type and code, 9 TCP flags,
                                      # 10 the sampled header ends before the destination address, which is :: then
  inputFormat @38 :UInt8;             # 0 ifIndex (0x3FFFFFFF: the agent itself), 1 discarded for a reason, 2 several interfaces
  outputFormat @39 :UInt8;
  sourceIdType @40 :UInt8;            # 0 ifIndex, 1 VLAN, 2 physical entity
  isFragment @41 :Bool;               # of a longer IP packet
  exporterAddr @42 :Data;             # the UDP source address
  collectorId @43 :Text;
  nextHop @44 :Data;                  # extended_router
  bgpNextHop @45 :Data;               # extended_gateway
  asPath @46 :List(UInt32);           # extended_gateway: all segments of the path to the destination, joined
  communities @47 :List(UInt32);      # extended_gateway
}
