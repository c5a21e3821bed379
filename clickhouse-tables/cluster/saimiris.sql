-- The tables of saimiris in a cluster: X_local holds a shard's rows on each of its replicas, X is all shards. Run this once, on any server, where
-- there are none of these tables yet; then, on every server, the ordinary files, which find the tables there and add consumer and views.
-- The servers' configuration has the macros cluster, shard and replica.
-- An agent's rows are on one shard.

CREATE DATABASE IF NOT EXISTS saimiris ON CLUSTER '{cluster}';

CREATE TABLE IF NOT EXISTS saimiris.replies_local ON CLUSTER '{cluster}'
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
ENGINE = ReplicatedMergeTree
PARTITION BY date
ORDER BY (time_received_ns, agent_id, probe_protocol, probe_src_addr, probe_dst_addr, probe_src_port, probe_dst_port, probe_ttl)
TTL date + INTERVAL 7 DAY DELETE;

CREATE TABLE IF NOT EXISTS saimiris.replies ON CLUSTER '{cluster}' AS saimiris.replies_local
ENGINE = Distributed('{cluster}', saimiris, replies_local, cityHash64(agent_id));

CREATE TABLE IF NOT EXISTS saimiris.errors_local ON CLUSTER '{cluster}'
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

CREATE TABLE IF NOT EXISTS saimiris.errors ON CLUSTER '{cluster}' AS saimiris.errors_local
ENGINE = Distributed('{cluster}', saimiris, errors_local, rand());
