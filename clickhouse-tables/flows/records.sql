-- Sampled packets for 7 days, and what could not be read. Times are exact to the nanosecond, and UTC like the dates.
-- Up to packets these are the columns of the first version; schemas/sflow.capnp says what each field means.

CREATE DATABASE IF NOT EXISTS flows;

CREATE TABLE IF NOT EXISTS flows.records
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
ENGINE = MergeTree
PARTITION BY date
ORDER BY (time_received_ns, src_addr, dst_addr)
TTL date + INTERVAL 7 DAY DELETE;

-- Kafka values that no record could be read from: of all topics of this database.
CREATE TABLE IF NOT EXISTS flows.errors
(
  date Date DEFAULT toDate(time_inserted_ns),
  time_inserted_ns DateTime64(9, 'UTC') DEFAULT now64(9, 'UTC'),
  topic LowCardinality(String),
  partition UInt64,
  offset UInt64,
  error String,
  raw_message String CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY date
ORDER BY (time_inserted_ns, topic, partition, offset)
TTL date + INTERVAL 7 DAY DELETE;
