-- The tables of the Rust services, as they are installed. time_inserted_ns and the views are the first version's too. The engine Null
-- takes the place of Kafka.

CREATE DATABASE bmp;

CREATE TABLE bmp.from_kafka
(
  timeReceivedNs UInt64,
  timeBmpHeaderNs UInt64,
  routerAddr IPv6,
  routerPort UInt16,
  peerAddr IPv6,
  peerBgpId IPv4,
  peerAsn UInt32,
  prefixAddr IPv6,
  prefixLen UInt8,
  isPostPolicy Bool,
  isAdjRibOut Bool,
  announced Bool,
  synthetic Bool,
  origin String,
  asPath Array(UInt32),
  nextHop IPv6,
  multiExitDisc UInt32,
  localPreference UInt32,
  onlyToCustomer UInt32,
  atomicAggregate Bool,
  aggregatorAsn UInt32,
  aggregatorBgpId UInt32,
  communities Array(Tuple(UInt32, UInt16)),
  extendedCommunities Array(Tuple(UInt8, UInt8, String)),
  largeCommunities Array(Tuple(UInt32, UInt32, UInt32)),
  originatorId UInt32,
  clusterList Array(UInt32),
  mpReachAfi UInt16,
  mpReachSafi UInt8,
  mpUnreachAfi UInt16,
  mpUnreachSafi UInt8
)
ENGINE = Null;

CREATE TABLE bmp.updates
(
  date Date,
  time_inserted_ns DateTime64(9) DEFAULT now64(9),
  time_received_ns DateTime64(9),
  time_bmp_header_ns DateTime64(9),
  router_addr IPv6,
  router_port UInt16,
  peer_addr IPv6,
  peer_bgp_id IPv4,
  peer_asn UInt32,
  prefix_addr IPv6,
  prefix_len UInt8,
  is_post_policy Bool,
  is_adj_rib_out Bool,
  announced Bool,
  synthetic Bool,
  origin String,
  as_path Array(UInt32),
  next_hop IPv6,
  multi_exit_disc UInt32,
  local_preference UInt32,
  only_to_customer UInt32,
  atomic_aggregate Bool,
  aggregator_asn UInt32,
  aggregator_bgp_id IPv4,
  communities Array(Tuple(UInt32, UInt16)),
  extended_communities Array(Tuple(UInt8, UInt8, String)),
  large_communities Array(Tuple(UInt32, UInt32, UInt32)),
  originator_id IPv4,
  cluster_list Array(UInt32),
  mp_reach_afi UInt16,
  mp_reach_safi UInt8,
  mp_unreach_afi UInt16,
  mp_unreach_safi UInt8
)
ENGINE = MergeTree
PARTITION BY date
ORDER BY (time_received_ns, router_addr, peer_addr, prefix_addr, prefix_len)
TTL date + INTERVAL 7 DAY DELETE;

CREATE MATERIALIZED VIEW bmp.from_kafka_mv TO bmp.updates AS
SELECT toDate(timeReceivedNs / 1000000000) AS date, toDateTime64(timeReceivedNs / 1000000000, 9) AS time_received_ns, routerAddr AS router_addr, prefixAddr AS prefix_addr,
  prefixLen AS prefix_len, announced AS announced, asPath AS as_path
FROM bmp.from_kafka;

CREATE DATABASE flows;

CREATE TABLE flows.records
(
  date Date,
  time_inserted_ns DateTime64(9),
  time_received_ns DateTime64(9),
  sequence_num UInt32,
  sampling_rate UInt64,
  sampler_address IPv6,
  sampler_port UInt16,
  src_addr IPv6,
  dst_addr IPv6,
  src_port UInt32,
  dst_port UInt32,
  protocol UInt32,
  etype UInt32,
  packet_length UInt32,
  bytes UInt64,
  packets UInt64
)
ENGINE = MergeTree
PARTITION BY date
ORDER BY (time_received_ns, src_addr, dst_addr)
TTL date + INTERVAL 7 DAY;

CREATE DATABASE saimiris;

CREATE TABLE saimiris.replies
(
  date Date,
  time_inserted_ns DateTime64(9),
  time_received_ns DateTime64(9),
  agent_id String,
  reply_src_addr IPv6,
  reply_dst_addr IPv6,
  reply_id UInt16,
  reply_size UInt16,
  reply_ttl UInt8,
  reply_quoted_ttl UInt8,
  reply_protocol UInt8,
  reply_icmp_type UInt8,
  reply_icmp_code UInt8,
  reply_mpls_labels Array(Tuple(UInt32, UInt8, UInt8, UInt8)),
  probe_src_addr IPv6,
  probe_dst_addr IPv6,
  probe_id UInt16,
  probe_size UInt16,
  probe_ttl UInt8,
  probe_protocol UInt8,
  probe_src_port UInt16,
  probe_dst_port UInt16,
  rtt UInt16
)
ENGINE = MergeTree
PARTITION BY date
ORDER BY (time_received_ns, agent_id, probe_protocol, probe_src_addr, probe_dst_addr, probe_src_port, probe_dst_port, probe_ttl)
TTL date + INTERVAL 7 DAY;
