-- BMP messages of which something could not be used, as they came (risotto unless --malformed-disable): schemas/malformed.capnp.
-- Needs bmp/updates.sql, which makes the database and its table of errors.

CREATE TABLE IF NOT EXISTS bmp.malformed
(
  date Date,
  time_inserted_ns DateTime64(9, 'UTC') DEFAULT now64(9, 'UTC'),
  time_received_ns DateTime64(9, 'UTC'),
  router_addr IPv6,
  router_port UInt16,
  action UInt8,
  collector_id LowCardinality(String),
  collector_epoch_ns UInt64,
  sequence UInt64,
  error LowCardinality(String),
  offset UInt32,
  message String
)
ENGINE = MergeTree
PARTITION BY date
ORDER BY (time_received_ns, router_addr)
TTL date + INTERVAL 7 DAY DELETE;

DROP TABLE IF EXISTS bmp.malformed_from_kafka;
DROP VIEW IF EXISTS bmp.malformed_from_kafka_mv;
DROP VIEW IF EXISTS bmp.malformed_from_kafka_errors_mv;

CREATE TABLE bmp.malformed_from_kafka
(
  timeReceivedNs UInt64,
  routerAddr String,
  routerPort UInt16,
  action UInt8,
  collectorId String,
  collectorEpochNs UInt64,
  sequence UInt64,
  error String,
  offset UInt32,
  message String
)
ENGINE = Kafka
SETTINGS
  kafka_broker_list = 'localhost:9092',
  kafka_topic_list = 'risotto-malformed',
  kafka_group_name = 'clickhouse-risotto-malformed-group',
  kafka_format = 'CapnProto',
  kafka_schema = 'malformed.capnp:MalformedMessage',
  kafka_handle_error_mode = 'stream';

CREATE MATERIALIZED VIEW bmp.malformed_from_kafka_mv TO bmp.malformed AS
SELECT
  toDate(time_received_ns) AS date,
  now64(9, 'UTC') AS time_inserted_ns,
  fromUnixTimestamp64Nano(timeReceivedNs, 'UTC') AS time_received_ns,
  CAST(toFixedString(substring(routerAddr, 1, 16), 16) AS IPv6) AS router_addr,
  routerPort AS router_port,
  action AS action,
  collectorId AS collector_id,
  collectorEpochNs AS collector_epoch_ns,
  sequence AS sequence,
  error AS error,
  offset AS offset,
  message AS message
FROM bmp.malformed_from_kafka
WHERE empty(_error);

CREATE MATERIALIZED VIEW bmp.malformed_from_kafka_errors_mv TO bmp.errors AS
SELECT
  _topic AS topic,
  _partition AS partition,
  _offset AS offset,
  _error AS error,
  _raw_message AS raw_message
FROM bmp.malformed_from_kafka
WHERE notEmpty(_error);
