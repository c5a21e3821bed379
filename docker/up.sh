#!/usr/bin/env bash
# Starts the whole platform: writes .env and random secrets where there are none, then docker compose up. Arguments go to docker compose
# before its "up": docker/up.sh --profile replay
set -euo pipefail
cd "$(dirname "$0")"

[ -e .env ] || cp .env.example .env

umask 077
mkdir -p secrets
# Readable for the containers' users; the folder is not for others of this machine.
secret() { [ -s "secrets/$1" ] || { printf %s "$2" >"secrets/$1" && chmod 444 "secrets/$1"; }; }
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

for name in saimiris_agent_key saimiris_redpanda_password redpanda_admin_password clickhouse_password clickhouse_grafana_password postgresql_password grafana_password; do
  secret "$name" "$(random)"
done
secret saimiris_database_url "postgresql://postgresql:5432/saimiris?user=saimiris&password=$(cat secrets/postgresql_password)&sslmode=disable"

[ -n "${ONLY_PREPARE:-}" ] || exec docker compose "$@" up --build --detach
