-- The tables of flows in a cluster: X_local holds a shard's rows on each of its replicas, X is all shards. Run this once, on any server, where
-- there are none of these tables yet; then, on every server, the ordinary files, which find the tables there and add consumer and views.
-- The servers' configuration has the macros cluster, shard and replica.
-- A sampler's rows are on one shard.

CREATE DATABASE IF NOT EXISTS flows ON CLUSTER '{cluster}';

CREATE TABLE IF NOT EXISTS flows.records_local ON CLUSTER '{cluster}'
(
  date Date,
  time_inserted_ns DateTime64(9, 'UTC') DEFAULT now64(9, 'UTC'),
  time_received_ns DateTime64(9, 'UTC'),
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
  packets UInt64,
  agent_sub_id UInt32,
  uptime UInt32,
  sample_sequence_number UInt32,
  source_id UInt32,
  sample_pool UInt32,
  drops UInt32,
  input_interface UInt32,
  output_interface UInt32,
  tcp_flags UInt32,
  tos UInt32,
  collector_epoch_ns UInt64,
  sequence UInt64,
  frame_length UInt32,
  vlan_in UInt16,
  vlan_out UInt16,
  src_prefix_len UInt8,
  dst_prefix_len UInt8,
  icmp_type UInt8,
  icmp_code UInt8,
  flow_label UInt32,
  src_as UInt32,
  dst_as UInt32,
  src_peer_as UInt32,
  router_as UInt32,
  local_pref UInt32,
  present UInt32,
  input_format UInt8,
  output_format UInt8,
  source_id_type UInt8,
  is_fragment Bool,
  exporter_addr IPv6,
  collector_id LowCardinality(String),
  next_hop IPv6,
  bgp_next_hop IPv6,
  as_path Array(UInt32),
  communities Array(UInt32)
)
ENGINE = ReplicatedMergeTree
PARTITION BY date
ORDER BY (time_received_ns, src_addr, dst_addr)
TTL date + INTERVAL 7 DAY DELETE;

CREATE TABLE IF NOT EXISTS flows.records ON CLUSTER '{cluster}' AS flows.records_local
ENGINE = Distributed('{cluster}', flows, records_local, cityHash64(sampler_address));

CREATE TABLE IF NOT EXISTS flows.errors_local ON CLUSTER '{cluster}'
(
  date Date DEFAULT toDate(time_inserted_ns),
  time_inserted_ns DateTime64(9, 'UTC') DEFAULT now64(9, 'UTC'),
  topic LowCardinality(String),
  partition UInt64,
  offset UInt64,
  error String,
  raw_message String CODEC(ZSTD)
)
ENGINE = ReplicatedMergeTree
PARTITION BY date
ORDER BY (time_inserted_ns, topic, partition, offset)
TTL date + INTERVAL 7 DAY DELETE;

CREATE TABLE IF NOT EXISTS flows.errors ON CLUSTER '{cluster}' AS flows.errors_local
ENGINE = Distributed('{cluster}', flows, errors_local, rand());
