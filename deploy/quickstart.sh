#!/bin/bash
# quickstart.sh: four hospitals train one model on this machine, from an empty Debian to a report.
#
#   ./deploy/quickstart.sh [--data DIR] [--out DIR] [--skip-install]
#
#   --data DIR      use the four UCI heart-disease files in DIR (processed.cleveland.data and so on; with
#                   flamby_split.csv, that split). Without it, synthetic hospitals are made from the job's schema.
#   --out DIR       where everything goes (default: build/quickstart); its earlier content is replaced
#   --skip-install  neither install packages nor build: use the programs that are in build/release/bin, or in
#                   ACCORD_BINARIES
#
# It starts a coordinator and four hospital daemons as separate processes on loopback with mutual TLS, has the hospitals
# sign the roster that lists their organisations and keys, trains
# deploy/examples/heart-risk.yaml, compares the result with what each hospital and all rows in one place would give, and
# stops everything it started.
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$source_dir/deploy/packages.sh"
job=$source_dir/deploy/examples/heart-risk.yaml
binaries=${ACCORD_BINARIES:-$source_dir/build/release/bin}
out=$source_dir/build/quickstart
marker=.accord-quickstart # stands in every folder that this script may empty
data=
install=yes
started=()     # process ids
current_log=   # the log that explains a failure of the present step
deadline_s=120 # for each wait

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
fail() {
  printf '\nquickstart: %s\n' "$*" >&2
  exit 1
}

usage() { sed -n '2,/^set /p' "${BASH_SOURCE[0]}" | sed -e '/^set /d' -e 's/^# \{0,1\}//'; }

read_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --data) data=$(cd "${2:?--data needs a folder}" && pwd) || fail "no folder $2"; shift 2 ;;
      --out) out=${2:?--out needs a folder}; shift 2 ;;
      --skip-install) install=no; shift ;;
      -h | --help) usage; exit 0 ;;
      *) fail "unknown option $1; './deploy/quickstart.sh --help' lists them" ;;
    esac
  done
}

# Stops what was started, daemons first, and on failure shows the end of the log that explains it.
finish() {
  local status=$? id
  trap - EXIT INT TERM
  for ((id = ${#started[@]} - 1; id >= 0; id--)); do
    kill "${started[$id]}" 2>/dev/null || true
    wait "${started[$id]}" 2>/dev/null || true
  done
  if [ "$status" -ne 0 ] && [ -n "$current_log" ] && [ -s "$current_log" ]; then
    printf '\nThe last lines of %s:\n' "$current_log" >&2
    tail -n 25 "$current_log" >&2
  fi
  exit "$status"
}

# wait_for WHAT PID COMMAND...: until COMMAND succeeds, PID ends, or the deadline passes.
wait_for() {
  local what=$1 pid=$2 end=$((SECONDS + deadline_s))
  shift 2
  until "$@"; do
    kill -0 "$pid" 2>/dev/null || fail "$what: the process ended early"
    [ "$SECONDS" -lt "$end" ] || fail "$what: nothing after $deadline_s s"
    read -r -t 0.05 _ <>"$pause" || true # a pause without a process: nobody ever writes there
  done
}

# ---- programs ----

install_packages() {
  local missing
  missing=$(missing_packages "$source_dir/deploy/packages.txt")
  [ -n "$missing" ] || return 0
  step "Installing packages"
  # shellcheck disable=SC2086 # one word a package
  echo $missing
  # shellcheck disable=SC2086
  apt_install $missing
}

build() {
  local folder=$source_dir/build/release
  if [ ! -f "$folder/build.ninja" ]; then
    step "Configuring the Release build in $folder"
    # Tests and benches need packages that a quickstart does not; tests/run.sh switches them on.
    (cd "$source_dir" && cmake --preset release -DACCORD_TESTS=OFF -DACCORD_BENCH=OFF >/dev/null)
  fi
  step "Building (minutes the first time, seconds when nothing changed)"
  cmake --build "$folder" --target accord-coordinator accord-client accord-trainer accord-reader accord-signer accord
}

# ---- the federation ----

prepare_folder() {
  if [ -e "$out" ]; then
    if [ ! -f "$out/$marker" ] && [ -n "$(ls -A "$out")" ]; then
      fail "$out is not empty and not from an earlier quickstart; name another folder with --out"
    fi
    rm -rf "$out"
  fi
  mkdir -p "$out/logs"
  out=$(cd "$out" && pwd)
  touch "$out/$marker"
  pause=$out/.pause
  mkfifo "$pause"
}

# The four UCI files, each with its hospital's mapping. Without flamby_split.csv a third of the rows is held out.
copy_hospitals() {
  local hospital
  hospitals=(cleveland hungarian switzerland va)
  for hospital in "${hospitals[@]}"; do
    [ -f "$data/processed.$hospital.data" ] || fail "no $data/processed.$hospital.data: --data needs the four UCI files"
    mkdir -p "$out/$hospital"
    cp "$data/processed.$hospital.data" "$out/$hospital/"
    if [ -f "$data/flamby_split.csv" ]; then
      cp "$data/flamby_split.csv" "$source_dir/deploy/examples/heart/$hospital.yaml" "$out/$hospital/"
      mv "$out/$hospital/$hospital.yaml" "$out/$hospital/heart.yaml"
    else
      sed '/^split:/,$d' "$source_dir/deploy/examples/heart/$hospital.yaml" >"$out/$hospital/heart.yaml"
      echo 'split: {test_fraction: 0.34}' >>"$out/$hospital/heart.yaml"
    fi
  done
}

make_hospitals() {
  local mapping hospital
  hospitals=()
  "$binaries/accord" data synthesize "$job" --sites 4 --out "$out/synthetic" >"$out/logs/synthesize.log" 2>&1
  for mapping in "$out"/synthetic/SYNTHETIC-*.mapping.yaml; do
    hospital=$(basename "$mapping" .mapping.yaml)
    hospital=${hospital#SYNTHETIC-}
    hospitals+=("$hospital")
    mkdir -p "$out/$hospital"
    cp "$out/synthetic/SYNTHETIC-$hospital".* "$out/$hospital/"
    mv "$out/$hospital/SYNTHETIC-$hospital.mapping.yaml" "$out/$hospital/heart.yaml"
  done
}

# coordinator COMMAND...: a command of the coordinator's operator.
coordinator() { "$binaries/accord-coordinator" "$@" --config "$out/coordinator/coordinator.yaml" 2>>"$current_log"; }

organisation_of() {
  case $1 in
    cleveland) echo "Cleveland Clinic Foundation" ;;
    hungarian) echo "Hungarian Institute of Cardiology, Budapest" ;;
    switzerland) echo "University Hospitals of Zurich and Basel" ;;
    va) echo "V.A. Medical Center, Long Beach" ;;
    *) echo "Synthetic hospital $1" ;;
  esac
}

start_coordinator() {
  current_log=$out/logs/coordinator.log
  "$binaries/accord-coordinator" init "$out/coordinator" --listen 127.0.0.1:0 --name localhost >"$current_log" 2>&1
  "$binaries/accord-coordinator" run --config "$out/coordinator/coordinator.yaml" >>"$current_log" 2>&1 &
  started+=($!)
  wait_for "the coordinator" $! test -s "$out/coordinator/state/port"
  address=localhost:$(cat "$out/coordinator/state/port")
}

enrol_hospital() {
  local hospital=$1
  current_log=$out/logs/$hospital.log
  cat >"$out/$hospital/client.yaml" <<EOF
coordinator: $address
site: $hospital
state_dir: state
datasets:
  - {name: heart, mapping: heart.yaml}
EOF
  coordinator token site "$hospital" --organisation "$(organisation_of "$hospital")" |
    "$binaries/accord-client" enroll --config "$out/$hospital/client.yaml" --token - >>"$current_log" 2>&1
}

# The list of all hospitals, organisations and keys goes from hospital to hospital; each signs it, and from then on goes
# by no other. With real sites the file is mailed, and officers compare it first (accord-client roster show).
agree_on_roster() {
  local hospital roster=$out/roster.txt
  current_log=$out/logs/roster.log
  coordinator roster draft --federation "Heart federation" --out "$roster" >>"$current_log"
  for hospital in "${hospitals[@]}"; do
    "$binaries/accord-client" roster sign "$roster" --config "$out/$hospital/client.yaml" >>"$current_log" 2>&1
  done
  coordinator roster publish "$roster"
}

start_hospital() {
  local hospital=$1
  current_log=$out/logs/$hospital.log
  "$binaries/accord-client" run --config "$out/$hospital/client.yaml" >>"$current_log" 2>&1 &
  started+=($!)
}

await_hospitals() {
  local index
  for index in "${!hospitals[@]}"; do
    current_log=$out/logs/${hospitals[$index]}.log
    wait_for "${hospitals[$index]}" "${started[$((index + 1))]}" grep -q "connected to " "$current_log"
  done
}

start_federation() {
  local hospital
  step "Starting a coordinator and four hospitals as separate processes (loopback, mutual TLS)"
  start_coordinator
  for hospital in "${hospitals[@]}"; do enrol_hospital "$hospital"; done
  agree_on_roster
  for hospital in "${hospitals[@]}"; do start_hospital "$hospital"; done
  current_log=$out/logs/engineer.log
  export ACCORD_PROFILE=$out/engineer
  coordinator token person engineer | "$binaries/accord" login --coordinator "$address" --token - >>"$current_log" 2>&1
  await_hospitals
  "$binaries/accord" site list
}

train() {
  step "Training $(basename "$job" .yaml)"
  current_log=$out/logs/coordinator.log
  id=$("$binaries/accord" job submit "$job" --json | sed -n 's/.*"job_id": *"\([^"]*\)".*/\1/p')
  [ -n "$id" ] || fail "the job was not accepted"
  "$binaries/accord" job watch "$id" &
  watch_until_over $!
}

# watch_until_over PID: until the watching process ends; a daemon that ends before it would leave the job waiting.
watch_until_over() {
  local watch=$1 ended index status=0
  wait -n -p ended "$watch" "${started[@]}" || status=$?
  [ "$ended" = "$watch" ] || kill "$watch"
  for index in "${!hospitals[@]}"; do
    [ "$ended" != "${started[$((index + 1))]}" ] || current_log=$out/logs/${hospitals[$index]}.log
  done
  [ "$ended" = "$watch" ] || fail "a process of the federation ended in the middle of the training (status $status)"
  [ "$status" = 0 ] || fail "the job did not finish; its reason stands above"
}

# Computed from the files that this script owns, by the trainer program, beside the federation: not in the report of a
# real one, where nobody has all rows.
compare() {
  local hospital arguments=()
  step "For demonstration only: each hospital alone, federated, and all rows pooled"
  current_log=$out/logs/demonstration.log
  "$binaries/accord" model export "$id" --format parameters -o "$out/model.parameters" >"$current_log" 2>&1
  for hospital in "${hospitals[@]}"; do arguments+=(--site "$hospital=$out/$hospital/heart.yaml"); done
  [ -n "$data" ] || arguments+=(--synthetic)
  "$binaries/accord-trainer" demonstrate --job "$job" --model "$out/model.parameters" "${arguments[@]}" \
    --out "$out/result.json" >>"$current_log" 2>&1
  "$binaries/accord" model export "$id" -o "$out/model.pt" >>"$current_log" 2>&1
  "$binaries/accord" job report "$id" --html "$out/report.html" --demonstration "$out/result.json"
}

tell_where() {
  step "Done in $SECONDS s. Everything this script started is stopped now."
  [ -n "$data" ] || say "The hospitals are SYNTHETIC: made up from the job's schema. Real ones: --data DIR (README.md)."
  cat <<EOF
  report        $out/report.html   (one file, opens in any browser)
  result        $out/result.json
  model         $out/model.pt      (Python: torch.jit.load)
  logs          $out/logs/
  roster        $out/roster.txt    (who is in the federation, with which key; signed by all four)
  coordinator   $out/coordinator/  (start it again: $binaries/accord-coordinator run --config $out/coordinator/coordinator.yaml)
  a hospital    $out/${hospitals[0]}/
Next: the job file deploy/examples/heart-risk.yaml is yours to change; README.md says what else there is.
EOF
}

read_options "$@"
trap finish EXIT
trap 'exit 130' INT TERM
if [ "$install" = yes ]; then
  install_packages
  build
fi
for program in accord-coordinator accord-client accord-trainer accord; do
  [ -x "$binaries/$program" ] || fail "no $binaries/$program: run without --skip-install"
done
prepare_folder
if [ -n "$data" ]; then copy_hospitals; else make_hospitals; fi
start_federation
train
compare
tell_where
