-- bmp.updates of the first version becomes today's; a table that is today's stays as it is. Rows stay: nothing here touches data.
-- The views of bmp/from_kafka.sql come afterwards; until then the consumer of the first version continues.

ALTER TABLE bmp.updates
  MODIFY COLUMN time_inserted_ns DateTime64(9, 'UTC') DEFAULT now64(9, 'UTC'),
  MODIFY COLUMN time_received_ns DateTime64(9, 'UTC'),
  MODIFY COLUMN time_bmp_header_ns DateTime64(9, 'UTC'),
  ADD COLUMN IF NOT EXISTS path_id UInt32,
  ADD COLUMN IF NOT EXISTS peer_type UInt8,
  ADD COLUMN IF NOT EXISTS rib_view UInt8,
  ADD COLUMN IF NOT EXISTS has_path_id Bool,
  ADD COLUMN IF NOT EXISTS peer_distinguisher UInt64,
  ADD COLUMN IF NOT EXISTS route_distinguisher UInt64,
  ADD COLUMN IF NOT EXISTS collector_epoch_ns UInt64,
  ADD COLUMN IF NOT EXISTS sequence UInt64,
  ADD COLUMN IF NOT EXISTS attributes_present UInt64,
  ADD COLUMN IF NOT EXISTS afi UInt16,
  ADD COLUMN IF NOT EXISTS safi UInt8,
  ADD COLUMN IF NOT EXISTS peer_flags UInt8,
  ADD COLUMN IF NOT EXISTS error_action UInt8,
  ADD COLUMN IF NOT EXISTS collector_id LowCardinality(String),
  ADD COLUMN IF NOT EXISTS next_hop_link_local IPv6,
  ADD COLUMN IF NOT EXISTS as_path_segments Array(Tuple(UInt8, Array(UInt32))),
  ADD COLUMN IF NOT EXISTS mpls_labels Array(UInt32),
  ADD COLUMN IF NOT EXISTS other_attributes Array(Tuple(UInt8, UInt8, String));
