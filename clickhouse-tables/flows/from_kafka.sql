-- Reads the topic of flow samples into flows.records. Holds no data: it is created again each time, so that a new broker, topic or column is
-- taken; the consumer group's place in the topic is the broker's.
-- The table goes first and the view of good rows comes first, so no record is read that no view takes; only of a value that cannot be read
-- in the moment between the two views there would be no row.

DROP TABLE IF EXISTS flows.from_kafka;
DROP VIEW IF EXISTS flows.from_kafka_mv;
DROP VIEW IF EXISTS flows.from_kafka_errors_mv;

CREATE TABLE flows.from_kafka
(
  timeReceivedNs UInt64,
  agentAddr FixedString(16),
  agentPort UInt16,
  agentSubId UInt32,
  datagramSequenceNumber UInt32,
  uptime UInt32,
  sampleSequenceNumber UInt32,
  sourceId UInt32,
  samplingRate UInt32,
  samplePool UInt32,
  drops UInt32,
  inputInterface UInt32,
  outputInterface UInt32,
  length UInt32,
  protocol UInt32,
  srcIp FixedString(16),
  dstIp FixedString(16),
  srcPort UInt32,
  dstPort UInt32,
  tcpFlags UInt32,
  tos UInt32,
  collectorEpochNs UInt64,
  sequence UInt64,
  frameLength UInt32,
  etherType UInt16,
  vlanIn UInt16,
  vlanOut UInt16,
  srcPrefixLen UInt8,
  dstPrefixLen UInt8,
  icmpType UInt8,
  icmpCode UInt8,
  flowLabel UInt32,
  srcAs UInt32,
  dstAs UInt32,
  srcPeerAs UInt32,
  routerAs UInt32,
  localPref UInt32,
  present UInt32,
  inputFormat UInt8,
  outputFormat UInt8,
  sourceIdType UInt8,
  isFragment Bool,
  -- Empty in messages of the first version, and where there is no next hop.
  exporterAddr String,
  collectorId String,
  nextHop String,
  bgpNextHop String,
  asPath Array(UInt32),
  communities Array(UInt32)
)
ENGINE = Kafka
SETTINGS
  kafka_broker_list = 'localhost:9092',
  kafka_topic_list = 'pesto-sflow',
  kafka_group_name = 'clickhouse-pesto-group',
  kafka_format = 'CapnProto',
  kafka_schema = 'sflow.capnp:SFlowFlowRecord',
  kafka_num_consumers = 1,
  kafka_max_block_size = 1048576,
  kafka_handle_error_mode = 'stream';

-- A sample without a rate represents an unknown number of packets, and is left out as in the first version.
CREATE MATERIALIZED VIEW flows.from_kafka_mv TO flows.records AS
SELECT
  toDate(time_received_ns) AS date,
  now64(9, 'UTC') AS time_inserted_ns,
  fromUnixTimestamp64Nano(timeReceivedNs, 'UTC') AS time_received_ns,
  datagramSequenceNumber AS sequence_num,
  samplingRate AS sampling_rate,
  CAST(agentAddr AS IPv6) AS sampler_address,
  agentPort AS sampler_port,
  CAST(srcIp AS IPv6) AS src_addr,
  CAST(dstIp AS IPv6) AS dst_addr,
  srcPort AS src_port,
  dstPort AS dst_port,
  protocol AS protocol,
  etherType AS etype,
  length AS packet_length,
  length AS bytes,
  1 AS packets,
  agentSubId AS agent_sub_id,
  uptime AS uptime,
  sampleSequenceNumber AS sample_sequence_number,
  sourceId AS source_id,
  samplePool AS sample_pool,
  drops AS drops,
  inputInterface AS input_interface,
  outputInterface AS output_interface,
  tcpFlags AS tcp_flags,
  tos AS tos,
  collectorEpochNs AS collector_epoch_ns,
  sequence AS sequence,
  frameLength AS frame_length,
  vlanIn AS vlan_in,
  vlanOut AS vlan_out,
  srcPrefixLen AS src_prefix_len,
  dstPrefixLen AS dst_prefix_len,
  icmpType AS icmp_type,
  icmpCode AS icmp_code,
  flowLabel AS flow_label,
  srcAs AS src_as,
  dstAs AS dst_as,
  srcPeerAs AS src_peer_as,
  routerAs AS router_as,
  localPref AS local_pref,
  present AS present,
  inputFormat AS input_format,
  outputFormat AS output_format,
  sourceIdType AS source_id_type,
  isFragment AS is_fragment,
  CAST(toFixedString(substring(exporterAddr, 1, 16), 16) AS IPv6) AS exporter_addr,
  collectorId AS collector_id,
  CAST(toFixedString(substring(nextHop, 1, 16), 16) AS IPv6) AS next_hop,
  CAST(toFixedString(substring(bgpNextHop, 1, 16), 16) AS IPv6) AS bgp_next_hop,
  asPath AS as_path,
  communities AS communities
FROM flows.from_kafka
WHERE empty(_error) AND samplingRate > 0;

CREATE MATERIALIZED VIEW flows.from_kafka_errors_mv TO flows.errors AS
SELECT
  _topic AS topic,
  _partition AS partition,
  _offset AS offset,
  _error AS error,
  _raw_message AS raw_message
FROM flows.from_kafka
WHERE notEmpty(_error);
