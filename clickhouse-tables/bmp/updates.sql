-- Route changes for 7 days, and what could not be read. Times are exact to the nanosecond, and UTC like the dates.
-- Up to mp_unreach_safi these are the columns of the first version; schemas/update.capnp says what each field means.

CREATE DATABASE IF NOT EXISTS bmp;

CREATE TABLE IF NOT EXISTS bmp.updates
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
ENGINE = MergeTree
PARTITION BY date
ORDER BY (time_received_ns, router_addr, peer_addr, prefix_addr, prefix_len)
TTL date + INTERVAL 7 DAY DELETE;

-- Kafka values that no record could be read from: of all topics of this database.
CREATE TABLE IF NOT EXISTS bmp.errors
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
