-- Reads the topic of replies into saimiris.replies. Holds no data: it is created again each time, so that a new broker, topic or column is
-- taken; the consumer group's place in the topic is the broker's.
-- The table goes first and the view of good rows comes first, so no record is read that no view takes; only of a value that cannot be read
-- in the moment between the two views there would be no row.

DROP TABLE IF EXISTS saimiris.from_kafka;
DROP VIEW IF EXISTS saimiris.from_kafka_mv;
DROP VIEW IF EXISTS saimiris.from_kafka_errors_mv;

CREATE TABLE saimiris.from_kafka
(
  timeReceivedNs UInt64,
  agentId String,
  replySrcAddr IPv6,
  replyDstAddr IPv6,
  replyId UInt16,
  replySize UInt16,
  replyTtl UInt8,
  replyQuotedTtl UInt8,
  replyProtocol UInt8,
  replyIcmpType UInt8,
  replyIcmpCode UInt8,
  replyMplsLabel Array(Tuple(UInt32, UInt8, UInt8, UInt8)),
  probeSrcAddr IPv6,
  probeDstAddr IPv6,
  probeId UInt16,
  probeSize UInt16,
  probeTtl UInt8,
  probeProtocol UInt8,
  probeSrcPort UInt16,
  probeDstPort UInt16,
  rtt UInt16,
  measurementId String,
  rttMicros UInt32,
  timeGatewayNs UInt64,
  collectorEpochNs UInt64,
  sequence UInt64,
  collectorId String
)
ENGINE = Kafka
SETTINGS
  kafka_broker_list = 'localhost:9092',
  kafka_topic_list = 'saimiris-replies',
  kafka_group_name = 'clickhouse-saimiris-group',
  kafka_format = 'CapnProto',
  kafka_schema = 'reply.capnp:Reply',
  kafka_max_rows_per_message = 1048576,
  kafka_handle_error_mode = 'stream';

-- Agents say when they captured a reply, so the time may be anything, and one block with more than 100 dates would stop the consumer:
-- a time more than 30 days away from the gateway's is kept, but the row is filed under the gateway's date.
CREATE MATERIALIZED VIEW saimiris.from_kafka_mv TO saimiris.replies AS
SELECT
  toDate(if(timeGatewayNs = 0 OR abs(dateDiff('day', time_received_ns, time_gateway_ns)) <= 30, time_received_ns, time_gateway_ns)) AS date,
  now64(9, 'UTC') AS time_inserted_ns,
  fromUnixTimestamp64Nano(timeReceivedNs, 'UTC') AS time_received_ns,
  agentId AS agent_id,
  replySrcAddr AS reply_src_addr,
  replyDstAddr AS reply_dst_addr,
  replyId AS reply_id,
  replySize AS reply_size,
  replyTtl AS reply_ttl,
  replyQuotedTtl AS reply_quoted_ttl,
  replyProtocol AS reply_protocol,
  replyIcmpType AS reply_icmp_type,
  replyIcmpCode AS reply_icmp_code,
  replyMplsLabel AS reply_mpls_labels,
  probeSrcAddr AS probe_src_addr,
  probeDstAddr AS probe_dst_addr,
  probeId AS probe_id,
  probeSize AS probe_size,
  probeTtl AS probe_ttl,
  probeProtocol AS probe_protocol,
  probeSrcPort AS probe_src_port,
  probeDstPort AS probe_dst_port,
  rtt AS rtt,
  measurementId AS measurement_id,
  rttMicros AS rtt_micros,
  fromUnixTimestamp64Nano(timeGatewayNs, 'UTC') AS time_gateway_ns,
  collectorEpochNs AS collector_epoch_ns,
  sequence AS sequence,
  collectorId AS collector_id
FROM saimiris.from_kafka
WHERE empty(_error);

CREATE MATERIALIZED VIEW saimiris.from_kafka_errors_mv TO saimiris.errors AS
SELECT
  _topic AS topic,
  _partition AS partition,
  _offset AS offset,
  _error AS error,
  _raw_message AS raw_message
FROM saimiris.from_kafka
WHERE notEmpty(_error);
