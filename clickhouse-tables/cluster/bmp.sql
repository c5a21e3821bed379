-- The tables of bmp in a cluster: X_local holds a shard's rows on each of its replicas, X is all shards. Run this once, on any server, where
-- there are none of these tables yet; then, on every server, the ordinary files, which find the tables there and add consumer and views.
-- The servers' configuration has the macros cluster, shard and replica.
-- A router's rows are on one shard, so each shard can fold its routes alone.

CREATE DATABASE IF NOT EXISTS bmp ON CLUSTER '{cluster}';

CREATE TABLE IF NOT EXISTS bmp.updates_local ON CLUSTER '{cluster}'
(
  date Date,
  time_inserted_ns DateTime64(9, 'UTC') DEFAULT now64(9, 'UTC'),
  time_received_ns DateTime64(9, 'UTC'),
  time_bmp_header_ns DateTime64(9, 'UTC'),
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
  mp_unreach_safi UInt8,
  path_id UInt32,
  peer_type UInt8,
  rib_view UInt8,
  has_path_id Bool,
  peer_distinguisher UInt64,
  route_distinguisher UInt64,
  collector_epoch_ns UInt64,
  sequence UInt64,
  attributes_present UInt64,
  afi UInt16,
  safi UInt8,
  peer_flags UInt8,
  error_action UInt8,
  collector_id LowCardinality(String),
  next_hop_link_local IPv6,
  as_path_segments Array(Tuple(UInt8, Array(UInt32))),
  mpls_labels Array(UInt32),
  other_attributes Array(Tuple(UInt8, UInt8, String))
)
ENGINE = ReplicatedMergeTree
PARTITION BY date
ORDER BY (time_received_ns, router_addr, peer_addr, prefix_addr, prefix_len)
TTL date + INTERVAL 7 DAY DELETE;

CREATE TABLE IF NOT EXISTS bmp.updates ON CLUSTER '{cluster}' AS bmp.updates_local
ENGINE = Distributed('{cluster}', bmp, updates_local, cityHash64(collector_id, router_addr));

CREATE TABLE IF NOT EXISTS bmp.current_rib_local ON CLUSTER '{cluster}'
(
  collector_id LowCardinality(String),
  router_addr IPv6,
  peer_type UInt8,
  peer_distinguisher UInt64,
  peer_addr IPv6,
  rib_view UInt8,
  afi UInt16,
  safi UInt8,
  route_distinguisher UInt64,
  prefix_addr IPv6,
  prefix_len UInt8,
  has_path_id Bool,
  path_id UInt32,
  version UInt128,
  is_deleted UInt8,
  collector_epoch_ns UInt64,
  sequence UInt64,
  time_received_ns DateTime64(9, 'UTC'),
  time_bmp_header_ns DateTime64(9, 'UTC'),
  peer_asn UInt32,
  peer_bgp_id IPv4,
  peer_flags UInt8,
  origin LowCardinality(String),
  as_path Array(UInt32),
  as_path_segments Array(Tuple(UInt8, Array(UInt32))),
  next_hop IPv6,
  next_hop_link_local IPv6,
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
  mpls_labels Array(UInt32),
  other_attributes Array(Tuple(UInt8, UInt8, String)),
  attributes_present UInt64,
  error_action UInt8
)
ENGINE = ReplicatedReplacingMergeTree(version, is_deleted)
PARTITION BY collector_id
ORDER BY (collector_id, router_addr, peer_type, peer_distinguisher, peer_addr, rib_view, afi, safi, route_distinguisher,
  prefix_addr, prefix_len, has_path_id, path_id)
SETTINGS allow_experimental_replacing_merge_with_cleanup = 1;

CREATE TABLE IF NOT EXISTS bmp.current_rib ON CLUSTER '{cluster}' AS bmp.current_rib_local
ENGINE = Distributed('{cluster}', bmp, current_rib_local, cityHash64(collector_id, router_addr));

CREATE TABLE IF NOT EXISTS bmp.errors_local ON CLUSTER '{cluster}'
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

CREATE TABLE IF NOT EXISTS bmp.errors ON CLUSTER '{cluster}' AS bmp.errors_local
ENGINE = Distributed('{cluster}', bmp, errors_local, rand());
