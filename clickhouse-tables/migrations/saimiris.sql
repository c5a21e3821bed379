-- saimiris.replies of the first version becomes today's; a table that is today's stays as it is. Rows stay: nothing here touches data.
-- The views of saimiris/from_kafka.sql come afterwards; until then the consumer of the first version continues.

ALTER TABLE saimiris.replies
  MODIFY COLUMN time_inserted_ns DateTime64(9, 'UTC') DEFAULT now64(9, 'UTC'),
  MODIFY COLUMN time_received_ns DateTime64(9, 'UTC'),
  ADD COLUMN IF NOT EXISTS measurement_id String,
  ADD COLUMN IF NOT EXISTS rtt_micros UInt32,
  ADD COLUMN IF NOT EXISTS time_gateway_ns DateTime64(9, 'UTC'),
  ADD COLUMN IF NOT EXISTS collector_epoch_ns UInt64,
  ADD COLUMN IF NOT EXISTS sequence UInt64,
  ADD COLUMN IF NOT EXISTS collector_id LowCardinality(String);
