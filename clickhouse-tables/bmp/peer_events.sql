-- The messages of routers about themselves and their peers, and the start and end of their sessions (risotto --peers-enable): schemas/peer.capnp.
-- Needs bmp/updates.sql, which makes the database and its table of errors.

CREATE TABLE IF NOT EXISTS bmp.peer_events
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
  kind UInt8,
  peer_type UInt8,
  peer_flags UInt8,
  reason UInt16,
  peer_distinguisher UInt64,
  peer_addr IPv6,
  peer_asn UInt32,
  peer_bgp_id IPv4,
  local_addr IPv6,
  local_port UInt16,
  remote_port UInt16,
  local_asn UInt32,
  local_bgp_id IPv4,
  hold_time UInt16,
  sent_capabilities Array(Tuple(UInt8, String)),
  received_capabilities Array(Tuple(UInt8, String)),
  information Array(Tuple(UInt16, String)),
  data String
)
ENGINE = MergeTree
PARTITION BY date
ORDER BY (time_received_ns, router_addr, peer_addr, kind)
TTL date + INTERVAL 7 DAY DELETE;

DROP TABLE IF EXISTS bmp.peer_events_from_kafka;
DROP VIEW IF EXISTS bmp.peer_events_from_kafka_mv;
DROP VIEW IF EXISTS bmp.peer_events_from_kafka_errors_mv;

CREATE TABLE bmp.peer_events_from_kafka
(
  timeReceivedNs UInt64,
  timeBmpHeaderNs UInt64,
  routerAddr String,
  routerPort UInt16,
  collectorId String,
  collectorEpochNs UInt64,
  sequence UInt64,
  kind UInt8,
  peerType UInt8,
  peerFlags UInt8,
  reason UInt16,
  peerDistinguisher UInt64,
  peerAddr String,
  peerAsn UInt32,
  peerBgpId UInt32,
  localAddr String,
  localPort UInt16,
  remotePort UInt16,
  localAsn UInt32,
  localBgpId UInt32,
  holdTime UInt16,
  sentCapabilities Array(Tuple(UInt8, String)),
  receivedCapabilities Array(Tuple(UInt8, String)),
  information Array(Tuple(UInt16, String)),
  data String
)
ENGINE = Kafka
SETTINGS
  kafka_broker_list = 'localhost:9092',
  kafka_topic_list = 'risotto-peers',
  kafka_group_name = 'clickhouse-risotto-peers-group',
  kafka_format = 'CapnProto',
  kafka_schema = 'peer.capnp:PeerEvent',
  kafka_handle_error_mode = 'stream';

CREATE MATERIALIZED VIEW bmp.peer_events_from_kafka_mv TO bmp.peer_events AS
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
  kind AS kind,
  peerType AS peer_type,
  peerFlags AS peer_flags,
  reason AS reason,
  peerDistinguisher AS peer_distinguisher,
  CAST(toFixedString(substring(peerAddr, 1, 16), 16) AS IPv6) AS peer_addr,
  peerAsn AS peer_asn,
  CAST(peerBgpId AS IPv4) AS peer_bgp_id,
  CAST(toFixedString(substring(localAddr, 1, 16), 16) AS IPv6) AS local_addr,
  localPort AS local_port,
  remotePort AS remote_port,
  localAsn AS local_asn,
  CAST(localBgpId AS IPv4) AS local_bgp_id,
  holdTime AS hold_time,
  sentCapabilities AS sent_capabilities,
  receivedCapabilities AS received_capabilities,
  information AS information,
  data AS data
FROM bmp.peer_events_from_kafka
WHERE empty(_error);

CREATE MATERIALIZED VIEW bmp.peer_events_from_kafka_errors_mv TO bmp.errors AS
SELECT
  _topic AS topic,
  _partition AS partition,
  _offset AS offset,
  _error AS error,
  _raw_message AS raw_message
FROM bmp.peer_events_from_kafka
WHERE notEmpty(_error);
