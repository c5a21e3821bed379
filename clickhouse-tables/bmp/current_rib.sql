-- The routes that each router has now, per collector, peer and RIB view: the last record of each key by (collector_epoch_ns, sequence).
-- A withdrawal is a row with is_deleted = 1, which a merge keeps: an older announcement may still come. Routes do not expire.
-- A collector is a partition, so one that is no more goes by ALTER TABLE bmp.current_rib DROP PARTITION 'its collector_id'.

CREATE TABLE IF NOT EXISTS bmp.current_rib
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
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY collector_id
ORDER BY (collector_id, router_addr, peer_type, peer_distinguisher, peer_addr, rib_view, afi, safi, route_distinguisher,
  prefix_addr, prefix_len, has_path_id, path_id)
-- Allows OPTIMIZE TABLE bmp.current_rib FINAL CLEANUP, which removes the withdrawals.
SETTINGS allow_experimental_replacing_merge_with_cleanup = 1;

DROP VIEW IF EXISTS bmp.current_rib_mv;

-- Records of the first version have no epoch, so nothing tells which of them is the last.
CREATE MATERIALIZED VIEW bmp.current_rib_mv TO bmp.current_rib AS
SELECT
  collector_id,
  router_addr,
  peer_type,
  peer_distinguisher,
  peer_addr,
  rib_view,
  afi,
  safi,
  route_distinguisher,
  prefix_addr,
  prefix_len,
  has_path_id,
  path_id,
  bitOr(bitShiftLeft(toUInt128(collector_epoch_ns), 64), toUInt128(sequence)) AS version,
  NOT announced AS is_deleted,
  collector_epoch_ns,
  sequence,
  time_received_ns,
  time_bmp_header_ns,
  peer_asn,
  peer_bgp_id,
  peer_flags,
  origin,
  as_path,
  as_path_segments,
  next_hop,
  next_hop_link_local,
  multi_exit_disc,
  local_preference,
  only_to_customer,
  atomic_aggregate,
  aggregator_asn,
  aggregator_bgp_id,
  communities,
  extended_communities,
  large_communities,
  originator_id,
  cluster_list,
  mpls_labels,
  other_attributes,
  attributes_present,
  error_action
FROM bmp.updates
WHERE collector_epoch_ns > 0;

-- Live routes only, right at once: FINAL folds what no merge has folded yet.
CREATE OR REPLACE VIEW bmp.rib AS
SELECT * EXCEPT (version, is_deleted)
FROM bmp.current_rib FINAL
WHERE is_deleted = 0;
