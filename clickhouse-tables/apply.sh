#!/usr/bin/env bash
# Applies the ClickHouse tables to a server. It may be run again at any time: tables that are there stay with their rows and get the columns
# that they lack; consumers and views are created again. A table of the first version (the Rust services) gets its new columns this way too.
#
# Usage: apply.sh [--brokers HOST:PORT,...] [--topic NAME=OTHER]... [--cluster] [--print] [PART...] [-- CLIENT-ARGUMENT...]
#
#   --brokers HOST:PORT,...   the Kafka brokers, as the server reaches them (localhost:9092); an IPv6 address in brackets
#   --topic NAME=OTHER        reads the topic OTHER instead of NAME; once for each topic that has another name
#   --cluster                 creates the tables of a cluster first (cluster/). Give it for the first server of the cluster only
#   --print                   prints the SQL instead
#   PART                      bmp, flows, saimiris, each with its table of errors: all three if you name none;
#                             malformed, peer_events, statistics (after bmp), interface_counters (after flows): the further topics
#   CLIENT-ARGUMENT           for clickhouse-client: --host, --port, --secure, --user, ...; it reads the password in CLICKHOUSE_PASSWORD
#
# The server needs schemas/*.capnp in its format_schemas directory.
set -euo pipefail
tables=$(cd "$(dirname "$0")" && pwd)

usage() { sed -n '/^# Usage:/,/^# The server/s/^# \{0,1\}//p' "$0"; }
refuse() { echo "apply.sh: $1; see apply.sh --help" >&2; exit 2; }

# The files of a part, in the order in which they are applied.
files() {
  case "$1" in
    bmp) echo bmp/updates.sql migrations/bmp.sql bmp/current_rib.sql bmp/from_kafka.sql ;;
    flows) echo flows/records.sql migrations/flows.sql flows/from_kafka.sql ;;
    saimiris) echo saimiris/replies.sql migrations/saimiris.sql saimiris/from_kafka.sql ;;
    malformed | peer_events | statistics) echo "bmp/$1.sql" ;;
    interface_counters) echo flows/interface_counters.sql ;;
    *) return 1 ;;
  esac
}

check_brokers() {
  local broker list
  [[ $1 != *, ]] || refuse "--brokers $1: nothing follows the last comma"
  IFS=, read -ra list <<<"$1"
  [ "${#list[@]}" -gt 0 ] || refuse "--brokers: is empty; give HOST:PORT"
  for broker in "${list[@]}"; do
    [[ $broker =~ ^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})$ ]] && [ "$((10#${BASH_REMATCH[2]}))" -ge 1 ] && [ "$((10#${BASH_REMATCH[2]}))" -le 65535 ] ||
      refuse "--brokers $1: '$broker' is not HOST:PORT (an IPv6 address is written in brackets)"
  done
}

check_topic() {
  [[ $1 =~ ^[A-Za-z0-9._-]{1,249}=[A-Za-z0-9._-]{1,249}$ ]] || refuse "--topic $1: is not NAME=OTHER, two names of 1 to 249 letters, digits, '.', '_' and '-'"
  grep -qF "kafka_topic_list = '${1%%=*}'" "$tables"/*/*.sql ||
    refuse "--topic $1: no table reads '${1%%=*}'; there are $(sed -n "s/.*kafka_topic_list = '\(.*\)'.*/\1/p" "$tables"/*/*.sql | sort | paste -sd ' ')"
}

brokers=localhost:9092 cluster=no print=no topics=() parts=() client=()
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --brokers | --topic) [ $# -ge 2 ] || refuse "$1: a value is missing" ;;&
    --brokers) brokers=$2; shift ;;
    --topic) topics+=("$2"); shift ;;
    --cluster) cluster=yes ;;
    --print) print=yes ;;
    --) shift; client=("$@"); break ;;
    -*) refuse "there is no flag $1" ;;
    *) files "$1" >/dev/null || refuse "there is no part '$1'"; parts+=("$1") ;;
  esac
  shift
done
[ "${#parts[@]}" -gt 0 ] || parts=(bmp flows saimiris)
check_brokers "$brokers"
for topic in "${topics[@]}"; do check_topic "$topic"; done

render() {
  local part file topic settings=(-e "s|kafka_broker_list = '[^']*'|kafka_broker_list = '$brokers'|")
  # All at once: a table whose topic was renamed is not renamed again.
  for topic in "${topics[@]}"; do settings+=(-e "s|kafka_topic_list = '${topic%%=*}'|kafka_topic_list = '${topic#*=}'|;t"); done
  for part in "${parts[@]}"; do
    if [ "$cluster" = yes ] && [ -e "$tables/cluster/$part.sql" ]; then cat "$tables/cluster/$part.sql"; echo; fi
    for file in $(files "$part"); do
      sed "${settings[@]}" "$tables/$file"
      echo
    done
  done
}

if [ "$print" = yes ]; then
  render
  exit 0
fi
if command -v clickhouse-client >/dev/null; then
  program=(clickhouse-client)
elif command -v clickhouse >/dev/null; then
  program=(clickhouse client)
else
  echo "apply.sh: there is no clickhouse-client here: install it, or give what --print prints to a server in another way" >&2
  exit 1
fi
if ! render | "${program[@]}" --multiquery "${client[@]}"; then
  echo "apply.sh: the server did not take all of it: the lines above say why. Statements before that one are applied; mend it and run this again" >&2
  exit 1
fi
echo "Applied: ${parts[*]}, reading from $brokers."
