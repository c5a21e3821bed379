@0xd1f0a6c25be94873;

# The counters of one interface from an sFlow version 5 agent: one record per counter sample that has generic interface counters or Ethernet
# counters (sflow_version_5.txt, "Counter Data Structures"). Counters count from the agent's start and wrap.

struct SFlowCounterRecord @0xe5b3907cd82f4a16 {
  timeReceivedNs @0 :UInt64;          # when the kernel received the datagram, ns since 1970 UTC
  agentAddr @1 :Data;                 # 16 bytes, IPv4 as ::ffff:a.b.c.d
  exporterAddr @2 :Data;              # the UDP source address
  agentPort @3 :UInt16;               # the UDP port from which the datagram was sent
  sourceIdType @4 :UInt8;             # 0 ifIndex, 1 VLAN, 2 physical entity
  present @5 :UInt8;                  # bit 0 generic interface counters, 1 Ethernet counters
  agentSubId @6 :UInt32;
  datagramSequenceNumber @7 :UInt32;
  uptime @8 :UInt32;                  # of the agent, ms
  sampleSequenceNumber @9 :UInt32;
  sourceId @10 :UInt32;
  collectorEpochNs @11 :UInt64;       # when the collector process started, ns since 1970 UTC
  sequence @12 :UInt64;               # top 16 bits: shard; the others count that shard's records within one epoch, from 1, without a gap
  collectorId @13 :Text;

  ifIndex @14 :UInt32;                # generic interface counters
  ifType @15 :UInt32;
  ifSpeed @16 :UInt64;
  ifDirection @17 :UInt32;            # 0 unknown, 1 full duplex, 2 half duplex, 3 in, 4 out
  ifStatus @18 :UInt32;               # bit 0 admin up, bit 1 operationally up
  ifInOctets @19 :UInt64;
  ifInUcastPkts @20 :UInt32;
  ifInMulticastPkts @21 :UInt32;
  ifInBroadcastPkts @22 :UInt32;
  ifInDiscards @23 :UInt32;
  ifInErrors @24 :UInt32;
  ifInUnknownProtos @25 :UInt32;
  ifOutOctets @26 :UInt64;
  ifOutUcastPkts @27 :UInt32;
  ifOutMulticastPkts @28 :UInt32;
  ifOutBroadcastPkts @29 :UInt32;
  ifOutDiscards @30 :UInt32;
  ifOutErrors @31 :UInt32;
  ifPromiscuousMode @32 :UInt32;

  dot3StatsAlignmentErrors @33 :UInt32;            # Ethernet counters
  dot3StatsFCSErrors @34 :UInt32;
  dot3StatsSingleCollisionFrames @35 :UInt32;
  dot3StatsMultipleCollisionFrames @36 :UInt32;
  dot3StatsSQETestErrors @37 :UInt32;
  dot3StatsDeferredTransmissions @38 :UInt32;
  dot3StatsLateCollisions @39 :UInt32;
  dot3StatsExcessiveCollisions @40 :UInt32;
  dot3StatsInternalMacTransmitErrors @41 :UInt32;
  dot3StatsCarrierSenseErrors @42 :UInt32;
  dot3StatsFrameTooLongs @43 :UInt32;
  dot3StatsInternalMacReceiveErrors @44 :UInt32;
  dot3StatsSymbolErrors @45 :UInt32;
}
