#!/bin/bash
# Tables of the three services, and a user who may only read them.
set -euo pipefail
CLICKHOUSE_PASSWORD=$(cat /run/secrets/clickhouse_password)
export CLICKHOUSE_PASSWORD
/clickhouse-tables/apply.sh --brokers "$BROKERS" -- --host clickhouse
/clickhouse-tables/apply.sh --brokers "$BROKERS" malformed peer_events statistics interface_counters -- --host clickhouse
clickhouse-client --host clickhouse --multiquery <<SQL
CREATE USER IF NOT EXISTS grafana IDENTIFIED BY '$(cat /run/secrets/clickhouse_grafana_password)' SETTINGS readonly = 2, max_execution_time = 60;
ALTER USER grafana IDENTIFIED BY '$(cat /run/secrets/clickhouse_grafana_password)';
GRANT SELECT ON bmp.* TO grafana;
GRANT SELECT ON flows.* TO grafana;
GRANT SELECT ON saimiris.* TO grafana;
SQL
