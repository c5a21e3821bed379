#!/bin/bash
# Users and topics. What is there stays as it is, but for the passwords, which become those of the secrets.
set -euo pipefail
admin=(-X "admin.hosts=[$BACKEND_ADDRESS]:9644")
brokers=(-X "brokers=[$BACKEND_ADDRESS]:9092")

user() {
  local password
  password=$(cat "/run/secrets/$2")
  rpk security user create "$1" --password "$password" --mechanism SCRAM-SHA-512 "${admin[@]}" ||
    rpk security user update "$1" --new-password "$password" --mechanism SCRAM-SHA-512 "${admin[@]}"
}

topic() { rpk topic create "$1" --if-not-exists --partitions "$2" --topic-config retention.ms=86400000 "${brokers[@]}"; }

user admin redpanda_admin_password
user saimiris saimiris_redpanda_password
rpk cluster config set superusers "['admin']" "${admin[@]}"
rpk security acl create --allow-principal User:saimiris --operation all --cluster "${brokers[@]}"
rpk security acl create --allow-principal User:saimiris --operation all --topic saimiris-probes --topic saimiris-replies "${brokers[@]}"
rpk security acl create --allow-principal User:saimiris --operation all --group saimiris-agent --resource-pattern-type prefixed "${brokers[@]}"

# The key of a record is its shard, of which there are 8.
for name in risotto-updates pesto-sflow saimiris-replies saimiris-probes; do topic "$name" 8; done
for name in risotto-malformed risotto-peers risotto-stats pesto-counters; do topic "$name" 1; done
