-- The statistics that routers report of their peers (risotto --stats-enable): schemas/stats.capnp.
-- Needs bmp/updates.sql, which makes the database and its table of errors.

CREATE TABLE IF NOT EXISTS bmp.statistics
(
  date Date,
  time_inserted_ns DateTime64(9, 'UTC') DEFAULT now64(9, 'UTC'),
  time_received_ns DateTime64(9, 'UTC'),
  time_bmp_header_ns DateTime64(9, 'UTC'),
  router_addr IPv6,
  router_port UInt16,
  collector_id LowCardinality(String),
  collector_epoch_ns UInt64,
  sequence UInt64,
  peer_type UInt8,
  peer_flags UInt8,
  stat_type UInt16,
  peer_distinguisher UInt64,
  peer_addr IPv6,
  peer_asn UInt32,
  peer_bgp_id IPv4,
  afi UInt16,
  safi UInt8,
  value UInt64,
  raw String
)
ENGINE = MergeTree
PARTITION BY date
ORDER BY (time_received_ns, router_addr, peer_addr, stat_type)
TTL date + INTERVAL 7 DAY DELETE;

DROP TABLE IF EXISTS bmp.statistics_from_kafka;
DROP VIEW IF EXISTS bmp.statistics_from_kafka_mv;
DROP VIEW IF EXISTS bmp.statistics_from_kafka_errors_mv;

CREATE TABLE bmp.statistics_from_kafka
(
  timeReceivedNs UInt64,
  timeBmpHeaderNs UInt64,
  routerAddr String,
  routerPort UInt16,
  collectorId String,
  collectorEpochNs UInt64,
  sequence UInt64,
  peerType UInt8,
  peerFlags UInt8,
  statType UInt16,
  peerDistinguisher UInt64,
  peerAddr String,
  peerAsn UInt32,
  peerBgpId UInt32,
  afi UInt16,
  safi UInt8,
  value UInt64,
  raw String
)
ENGINE = Kafka
SETTINGS
  kafka_broker_list = 'localhost:9092',
  kafka_topic_list = 'risotto-stats',
  kafka_group_name = 'clickhouse-risotto-stats-group',
  kafka_format = 'CapnProto',
  kafka_schema = 'stats.capnp:PeerStatistic',
  kafka_handle_error_mode = 'stream';

CREATE MATERIALIZED VIEW bmp.statistics_from_kafka_mv TO bmp.statistics AS
SELECT
  toDate(time_received_ns) AS date,
  now64(9, 'UTC') AS time_inserted_ns,
  fromUnixTimestamp64Nano(timeReceivedNs, 'UTC') AS time_received_ns,
  fromUnixTimestamp64Nano(timeBmpHeaderNs, 'UTC') AS time_bmp_header_ns,
  CAST(toFixedString(substring(routerAddr, 1, 16), 16) AS IPv6) AS router_addr,
  routerPort AS router_port,
  collectorId AS collector_id,
  collectorEpochNs AS collector_epoch_ns,
  sequence AS sequence,
  peerType AS peer_type,
  peerFlags AS peer_flags,
  statType AS stat_type,
  peerDistinguisher AS peer_distinguisher,
  CAST(toFixedString(substring(peerAddr, 1, 16), 16) AS IPv6) AS peer_addr,
  peerAsn AS peer_asn,
  CAST(peerBgpId AS IPv4) AS peer_bgp_id,
  afi AS afi,
  safi AS safi,
  value AS value,
  raw AS raw
FROM bmp.statistics_from_kafka
WHERE empty(_error);

CREATE MATERIALIZED VIEW bmp.statistics_from_kafka_errors_mv TO bmp.errors AS
SELECT
  _topic AS topic,
  _partition AS partition,
  _offset AS offset,
  _error AS error,
  _raw_message AS raw_message
FROM bmp.statistics_from_kafka
WHERE notEmpty(_error);
