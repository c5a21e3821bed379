#!/bin/bash
# The addresses come from .env, and Redpanda's own file knows no variables.
set -euo pipefail
sed -e "s/DMZ_ADDRESS/$DMZ_ADDRESS/; s/BACKEND_ADDRESS/$BACKEND_ADDRESS/" /redpanda.yaml >/etc/redpanda/redpanda.yaml
exec rpk redpanda start --smp 1 --memory 2G --overprovisioned --check=false
