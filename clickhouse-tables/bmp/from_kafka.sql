-- Reads the topic of route changes into bmp.updates. Holds no data: it is created again each time, so that a new broker, topic or column is
-- taken; the consumer group's place in the topic is the broker's.
-- The table goes first and the view of good rows comes first, so no record is read that no view takes; only of a value that cannot be read
-- in the moment between the two views there would be no row.

DROP TABLE IF EXISTS bmp.from_kafka;
DROP VIEW IF EXISTS bmp.from_kafka_mv;
DROP VIEW IF EXISTS bmp.from_kafka_errors_mv;

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
  mpUnreachSafi UInt8,
  pathId UInt32,
  peerType UInt8,
  ribView UInt8,
  hasPathId Bool,
  peerDistinguisher UInt64,
  routeDistinguisher UInt64,
  collectorEpochNs UInt64,
  sequence UInt64,
  attributesPresent UInt64,
  afi UInt16,
  safi UInt8,
  peerFlags UInt8,
  errorAction UInt8,
  collectorId String,
  -- Empty where there is none, which no IPv6 column takes.
  nextHopLinkLocal String,
  asPathSegments Array(Tuple(UInt8, Array(UInt32))),
  mplsLabels Array(UInt32),
  otherAttributes Array(Tuple(UInt8, UInt8, String))
)
ENGINE = Kafka
SETTINGS
  kafka_broker_list = 'localhost:9092',
  kafka_topic_list = 'risotto-updates',
  kafka_group_name = 'clickhouse-risotto-group',
  kafka_format = 'CapnProto',
  kafka_schema = 'update.capnp:Update',
  kafka_max_rows_per_message = 1048576,
  kafka_handle_error_mode = 'stream';

CREATE MATERIALIZED VIEW bmp.from_kafka_mv TO bmp.updates AS
SELECT
  toDate(time_received_ns) AS date,
  now64(9, 'UTC') AS time_inserted_ns,
  fromUnixTimestamp64Nano(timeReceivedNs, 'UTC') AS time_received_ns,
  fromUnixTimestamp64Nano(timeBmpHeaderNs, 'UTC') AS time_bmp_header_ns,
  routerAddr AS router_addr,
  routerPort AS router_port,
  peerAddr AS peer_addr,
  peerBgpId AS peer_bgp_id,
  peerAsn AS peer_asn,
  prefixAddr AS prefix_addr,
  prefixLen AS prefix_len,
  isPostPolicy AS is_post_policy,
  isAdjRibOut AS is_adj_rib_out,
  announced AS announced,
  synthetic AS synthetic,
  origin AS origin,
  asPath AS as_path,
  nextHop AS next_hop,
  multiExitDisc AS multi_exit_disc,
  localPreference AS local_preference,
  onlyToCustomer AS only_to_customer,
  atomicAggregate AS atomic_aggregate,
  aggregatorAsn AS aggregator_asn,
  CAST(aggregatorBgpId AS IPv4) AS aggregator_bgp_id,
  communities AS communities,
  extendedCommunities AS extended_communities,
  largeCommunities AS large_communities,
  CAST(originatorId AS IPv4) AS originator_id,
  clusterList AS cluster_list,
  mpReachAfi AS mp_reach_afi,
  mpReachSafi AS mp_reach_safi,
  mpUnreachAfi AS mp_unreach_afi,
  mpUnreachSafi AS mp_unreach_safi,
  pathId AS path_id,
  peerType AS peer_type,
  ribView AS rib_view,
  hasPathId AS has_path_id,
  peerDistinguisher AS peer_distinguisher,
  routeDistinguisher AS route_distinguisher,
  collectorEpochNs AS collector_epoch_ns,
  sequence AS sequence,
  attributesPresent AS attributes_present,
  afi AS afi,
  safi AS safi,
  peerFlags AS peer_flags,
  errorAction AS error_action,
  collectorId AS collector_id,
  CAST(toFixedString(substring(nextHopLinkLocal, 1, 16), 16) AS IPv6) AS next_hop_link_local,
  asPathSegments AS as_path_segments,
  mplsLabels AS mpls_labels,
  otherAttributes AS other_attributes
FROM bmp.from_kafka
WHERE empty(_error);

CREATE MATERIALIZED VIEW bmp.from_kafka_errors_mv TO bmp.errors AS
SELECT
  _topic AS topic,
  _partition AS partition,
  _offset AS offset,
  _error AS error,
  _raw_message AS raw_message
FROM bmp.from_kafka
WHERE notEmpty(_error);
