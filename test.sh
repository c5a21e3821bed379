#!/usr/bin/env bash
# Usage: ./test.sh [--quick] [--no-install]
#
# Builds everything, runs every test, and says where the time went. Takes about 9 minutes on two processors. As root on Debian or
# Ubuntu it first installs what the tests need from the distribution's own packages, and says which. No service is started or enabled.
#
#   --quick       Takes less than 2 minutes: no daemon, no installation, no root. It leaves out EndToEnd.Tests, the tests with the trait
#                 Needs=Daemon or Needs=Time, and most of the fuzzing.
#   --no-install  Installs nothing. Tests whose programs are missing are skipped.
#   -h, --help    Prints this text.
#
# Variables:
#   KAFKA_HOME, LOKI_HOME   Folders with a real Kafka and a real Loki. Without them their tests are skipped.
#   CAPTURES_DIR            A folder with further captures to read.
#   CONTAINER_IMAGES        A folder for images. It makes a test build and run them, which takes minutes.
#   FAULTS=full             The long forms of the fault tests: outages of a minute, 20 and 50 kills.
#   FUZZ_ITERATIONS, FUZZ_SEED, KILL_SEED   Other inputs for the fuzzing, and other moments for the kills.
#
# A run leaves its reports in TestResults/: a report and the output of each project, and skipped.txt.
set -euo pipefail
cd "$(dirname "$0")"
started=$SECONDS

install=yes quick=no
for argument in "$@"; do
  case "$argument" in
    --quick) quick=yes install=no ;;
    --no-install) install=no ;;
    -h|--help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    *) echo "test.sh: unknown argument '$argument': see ./test.sh --help" >&2; exit 2 ;;
  esac
done

# Package, a program of it that shows that it is there, and what the tests use it for.
needed() {
  cat <<'TABLE'
capnproto capnp reads back every record
gobgpd gobgpd a live BGP speaker
frr /usr/lib/frr/bgpd a live BGP speaker
iproute2 ip network namespaces for the speakers
kcat kcat reads the Kafka topic
jq jq picks the fields of records in the tutorial
clickhouse-server clickhouse-server loads a batch
clickhouse-client clickhouse-client loads a batch
tshark tshark second reading of VPN routes
openjdk-17-jre-headless java a real Kafka, where KAFKA_HOME names one
openssl openssl its certificates, and a router over TLS
haproxy haproxy a proxy before the collector
openvswitch-switch ovs-vswitchd a live sFlow exporter
pmacct pmacctd a live sFlow exporter
iperf3 iperf3 traffic for the exporters
ethtool ethtool packets as they are on the wire
tcpdump tcpdump captures the replies to live probes
scamper scamper live probes
mtr-tiny mtr live probes
curl curl a client of the gateway over TLS
postgresql pg_ctlcluster the gateway's store
nodejs node runs today's ClickHouse in a process
npm npm installs it (chdb)
prometheus prometheus scrapes the services, and checks the rules
prometheus-alertmanager amtool checks Alertmanager's configuration
docker-compose docker-compose reads compose.yml
ansible-core ansible-vault the encrypted secrets of docker/coreams01
buildah buildah builds the images, where CONTAINER_IMAGES asks for it
TABLE
}

missing_packages() {
  while read -r package program _; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null || echo "$package"
  done < <(needed)
}

# No service may start because its package came: Debian asks policy-rc.d before it starts one. Units that come are disabled too.
install_packages() {
  local policy=/usr/sbin/policy-rc.d before after
  before=$(systemctl list-unit-files --no-legend 2>/dev/null | awk '{print $1}' | sort || true)
  [ -e "$policy" ] && mv "$policy" "$policy.before-test-sh"
  restore_policy() { rm -f "$policy"; [ -e "$policy.before-test-sh" ] && mv "$policy.before-test-sh" "$policy" || true; }
  trap restore_policy EXIT
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod +x "$policy"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq </dev/null
  # One package that a distribution lacks must not keep the others away.
  apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null || for package in "$@"; do
    apt-get install -y -qq --no-install-recommends "$package" </dev/null >/dev/null || echo "test.sh: $package cannot be installed here" >&2
  done
  restore_policy
  trap - EXIT
  after=$(systemctl list-unit-files --no-legend 2>/dev/null | awk '{print $1}' | sort || true)
  comm -13 <(printf '%s\n' "$before") <(printf '%s\n' "$after") | grep -E '^(frr|gobgpd|clickhouse-server|haproxy|openvswitch-switch|ovs-vswitchd|ovsdb-server|pmacctd|sfacctd|nfacctd|uacctd|iperf3|postgresql|prometheus|prometheus-alertmanager)\.service$' | xargs -r systemctl disable --quiet 2>/dev/null || true
}

if ! command -v dotnet >/dev/null; then
  echo "test.sh: the .NET SDK 10 is not installed: see https://dotnet.microsoft.com/download/dotnet/10.0" >&2
  exit 1
fi

look_for_programs() {
  mapfile -t missing < <(missing_packages)
  if [ "${#missing[@]}" -eq 0 ]; then
    echo "Everything that the tests need is installed."
  elif [ "$install" = no ]; then
    echo "Not installed, because of --no-install: ${missing[*]}"
  elif ! command -v apt-get >/dev/null; then
    echo "Not installed, because this is neither Debian nor Ubuntu: ${missing[*]}"
  elif [ "$(id -u)" -ne 0 ]; then
    echo "Not installed, because this is not root: ${missing[*]}"
    echo "  sudo apt-get install ${missing[*]}"
  else
    echo "Installing with apt-get (no service is started or enabled): ${missing[*]}"
    install_packages "${missing[@]}"
    mapfile -t missing < <(missing_packages)
  fi
  for package in "${missing[@]}"; do
    echo "Tests are skipped without $package: $(needed | awk -v p="$package" '$1 == p { $1 = $2 = ""; print substr($0, 3) }')"
  done
  # ClickHouse of today comes as an npm package: tests/package-lock.json says which, with the hashes of what is downloaded.
  if [ "$install" = yes ] && command -v npm >/dev/null && [ ! tests/node_modules/.package-lock.json -nt tests/package-lock.json ]; then
    echo "Installing with npm, into tests/node_modules: chdb"
    (cd tests && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null >/dev/null) || echo "test.sh: chdb cannot be installed here" >&2
  fi
  [ -d tests/node_modules/chdb ] || echo "Tests are skipped without chdb: those of clickhouse-tables"
  [ -n "${KAFKA_HOME:-}" ] || echo "Tests are skipped without a real Kafka: KAFKA_HOME is not set"
  [ -n "${LOKI_HOME:-}" ] || echo "Tests are skipped without a real Loki: LOKI_HOME is not set"
  [ -n "${CAPTURES_DIR:-}" ] || echo "Only the captures of this repository are used: CAPTURES_DIR is not set"
  [ "$(id -u)" -eq 0 ] || echo "Tests are skipped without root: those with live BGP speakers"
}

[ "$quick" = yes ] || look_for_programs

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 PATH="$PATH:/usr/sbin:/sbin"
target=Collectors.sln
if [ "$quick" = yes ]; then
  target=tests/Quick.slnf
  unset KAFKA_HOME LOKI_HOME CAPTURES_DIR CONTAINER_IMAGES
  export FUZZ_ITERATIONS=${FUZZ_ITERATIONS:-20000}
fi
echo "Building."
dotnet build "$target" -c Release --nologo -v quiet </dev/null
built=$SECONDS

results=$PWD/TestResults
rm -rf "$results"
mkdir -p "$results"
# Removes all temporary files of the tests at the end. Daemons that give up root must be able to read theirs.
TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/suite-XXXXXX")
export TMPDIR
chmod 755 "$TMPDIR"
touch "$results/began"
background=()
trap 'rm -rf "$TMPDIR"' EXIT
trap 'for job in "${background[@]}"; do pkill -TERM -P "$job" || true; kill "$job" || true; done; wait; exit 130' INT TERM

run_project() {
  local name=$1 begin=$SECONDS options=()
  [ "$quick" = no ] || options=(-trait- Needs=Daemon -trait- Needs=Time)
  echo "== $name" >"$results/$name.txt"
  # A test that hangs is named after five minutes, and its project is given up after an hour: a busy machine takes long.
  timeout --kill-after=30 60m "tests/$name/bin/Release/net10.0/$name" -noLogo -noColor -longRunning 300 -result-xml "$results/$name.xml" \
    "${options[@]}" </dev/null >>"$results/$name.txt" 2>&1 || true
  echo "$((SECONDS - begin))" >"$results/$name.seconds"
  cat "$results/$name.txt"
}

run_in_turn() { for name in "$@"; do run_project "$name"; done; }

# The projects that mostly wait run at the same time as all others. Those that compute run one after the other.
projects=() computing=()
for folder in tests/*.Tests; do
  name=$(basename "$folder")
  [ "$quick$name" != yesEndToEnd.Tests ] || continue
  projects+=("$name")
  case "$name" in
    EndToEnd.Tests) run_in_turn "$name" & background+=($!) ;;
    Shared.Tests) run_in_turn "$name" & background+=($!) ;;
    SaimirisGateway.Tests) run_in_turn "$name" & background+=($!) ;;
    *) computing+=("$name") ;;
  esac
done
run_in_turn "${computing[@]}" & background+=($!)
wait "${background[@]}"

passed=0 failed=0 skipped=0
for name in "${projects[@]}"; do
  report=$results/$name.xml
  if ! counts=$(grep -o -m1 '<assembly [^>]*>' "$report" 2>/dev/null); then
    echo "test.sh: $name ended without a report" >&2
    failed=$((failed + 1))
    continue
  fi
  count() { grep -o " $1=\"[0-9]*\"" <<<"$counts" | tr -dc 0-9; }
  passed=$((passed + $(count passed)))
  failed=$((failed + $(count failed) + $(count errors)))
  skipped=$((skipped + $(count skipped)))
  # Class and method of every skipped test, for anyone who has to judge it.
  grep -o '<test [^>]*result="Skip"[^>]*>' "$report" | sed 's/.* type="\([^"]*\)" method="\([^"]*\)".*/\1.\2/' | sort -u >>"$results/skipped.txt" || true
done

# The runtime's own sockets and pipes are those of services that a test has killed.
left=$(find "$TMPDIR" -mindepth 1 -maxdepth 1 ! -name 'clr-debug-pipe-*' ! -name 'dotnet-diagnostic-*' ! -name '.dotnet' ! -name 'CoreFxPipe_*'
  find src tests benchmarks docs docker -newer "$results/began" -type f ! -path '*/node_modules/*')
if [ -n "$left" ]; then
  echo "test.sh: the tests have left these files:" >&2
  echo "$left" >&2
  failed=$((failed + 1))
fi

echo "== Where the time went: $((SECONDS - started)) s, $((built - started)) s of them before the tests"
for name in "${projects[@]}"; do
  printf '%6s s  %s\n' "$(cat "$results/$name.seconds")" "$name"
done | sort -rn
echo "The slowest tests:"
for name in "${projects[@]}"; do
  grep -o '<test [^>]*>' "$results/$name.xml" 2>/dev/null || true
done | sed -n 's/.* time="\([0-9.]*\)".* type="\([^"]*\)" method="\([^"]*\)".*/\1 \2.\3/p' | sort -rn | sed -n 1,10p | while read -r time test; do
  printf '%8.1f s  %s\n' "$time" "$test"
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
