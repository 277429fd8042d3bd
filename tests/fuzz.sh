#!/bin/bash
# Builds the fuzz targets with clang and lets libFuzzer look for inputs that break them.
set -euo pipefail

usage() {
  cat <<'HELP'
Usage: tests/fuzz.sh [SECONDS] [--keep] [NAME...]

Installs clang if it is missing, builds the fuzz targets (preset fuzz, in build/fuzz) and runs each of them, or those that
are named. Exits non-zero when an input is found that crashes a target, breaks one of its promises, or takes more than 10 s
or 2 GiB; the input is then in build/fuzz/findings. NAME is that of tests/fuzz/NAME.cc. Says for each target how many
inputs were tried, how fast, and how many edges of the code they reached.

  SECONDS       for each target (default: 60)
  --keep        adds to tests/fuzz/corpus what reaches code that no stored input reaches
  --help        this text

What was found before lies in build/fuzz/corpus, and the search goes on from there. A finding is repeated with
  build/fuzz/bin/fuzz_NAME build/fuzz/findings/NAME-...
and, once mended, goes into tests/fuzz/corpus/NAME, which the ordinary tests feed to the target.

Environment:
  JOBS          parallel compilations (default: as many as cores and memory allow)

Example: tests/fuzz.sh 600 plan job_spec
HELP
}

seconds=60 keep=no names=()
while [ $# -gt 0 ]; do
  case $1 in
    --keep) keep=yes; shift ;;
    --help|-h) usage; exit 0 ;;
    -*) echo "fuzz.sh: unknown option $1; see --help" >&2; exit 2 ;;
    [0-9]*) seconds=$1; shift ;;
    *) names+=("$1"); shift ;;
  esac
done
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "fuzz.sh: $seconds is no number of seconds" >&2; exit 2; }

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
. tests/setup.sh

# torchscript is not searched: LibTorch is not instrumented.
targets=$(cd tests/fuzz && ls *.cc | sed 's/\.cc$//' | grep -v '^torchscript$' | xargs)
for name in "${names[@]}"; do
  [[ " $targets " == *" $name "* ]] || { echo "fuzz.sh: there is no target $name, only: $targets" >&2; exit 2; }
done
[ ${#names[@]} -gt 0 ] || read -ra names <<<"$targets"

install_packages deploy/packages.txt deploy/packages-fuzz.txt
say "Configuring (preset fuzz)"
mkdir -p build/fuzz/findings
cmake --preset fuzz >build/fuzz/configure.log 2>&1 || { cat build/fuzz/configure.log >&2; exit 1; }
say "Building with ${JOBS:=$(compile_jobs)} jobs"
cmake --build build/fuzz --parallel "$JOBS" --target "${names[@]/#/fuzz_}"

# Scratch files of the targets, removed whatever happens to them.
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

# fuzz NAME: 0 when nothing was found.
fuzz() {
  local found=build/fuzz/corpus/$1 seeds=build/fuzz/seeds/$1 stored=tests/fuzz/corpus/$1 log=build/fuzz/findings/$1.log
  local given=("$seeds")
  mkdir -p "$found"
  [ ! -d "$stored" ] || given+=("$stored")
  build/fuzz/bin/fuzz_"$1" --write-seeds "$seeds" || return 1
  build/fuzz/bin/fuzz_"$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/findings/$1-" "$found" "${given[@]}" >"$log" 2>&1 || return 1
  awk '/cov:/ {for (i = 1; i < NF; ++i) if ($i == "cov:") edges = $(i + 1)}
       /stat::number_of_executed_units/ {inputs = $2} /stat::average_exec_per_sec/ {rate = $2}
       END {print inputs " inputs, " rate " a second, " edges " edges"}' "$log"
  if [ "$keep" = yes ]; then
    mkdir -p "$stored"
    build/fuzz/bin/fuzz_"$1" -merge=1 -use_counters=0 "$stored" "$seeds" "$found" >>"$log" 2>&1
  fi
}

broken=()
for name in "${names[@]}"; do
  say "Fuzzing $name for $seconds s"
  if ! fuzz "$name"; then
    broken+=("$name")
    tail -n 40 "build/fuzz/findings/$name.log" >&2
  fi
done
say "${#names[@]} targets, ${#broken[@]} with findings${broken[*]:+: ${broken[*]} (build/fuzz/findings)}"
[ ${#broken[@]} -eq 0 ]
