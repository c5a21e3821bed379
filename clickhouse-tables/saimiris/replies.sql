-- Replies to probes for 7 days, and what could not be read. Times are exact to the nanosecond, and UTC like the dates.
-- Up to rtt these are the columns of the first version; schemas/reply.capnp says what each field means.

CREATE DATABASE IF NOT EXISTS saimiris;

CREATE TABLE IF NOT EXISTS saimiris.replies
(
  date Date,
  time_inserted_ns DateTime64(9, 'UTC') DEFAULT now64(9, 'UTC'),
  time_received_ns DateTime64(9, 'UTC'),
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
  rtt UInt16,
  measurement_id String,
  rtt_micros UInt32,
  time_gateway_ns DateTime64(9, 'UTC'),
  collector_epoch_ns UInt64,
  sequence UInt64,
  collector_id LowCardinality(String)
)
ENGINE = MergeTree
PARTITION BY date
ORDER BY (time_received_ns, agent_id, probe_protocol, probe_src_addr, probe_dst_addr, probe_src_port, probe_dst_port, probe_ttl)
TTL date + INTERVAL 7 DAY DELETE;

-- Kafka values that no record could be read from.
CREATE TABLE IF NOT EXISTS saimiris.errors
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
