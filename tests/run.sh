#!/bin/bash
# Installs what building and testing need, builds, and runs every test. Exits non-zero when anything fails.
set -euo pipefail

usage() {
  cat <<'HELP'
Usage: tests/run.sh [--preset NAME] [--help]

Installs missing Debian packages (as root or through sudo), configures and builds with CMake, runs all tests.

  --preset NAME   release (default), debug, asan-ubsan or tsan; the build goes to build/NAME
  --help          this text

Environment:
  ACCORD_DATA     folder with the public data sets of the acceptance tests (default: ../shared beside the repository);
                  tests that need them are skipped, and say so, where it does not exist
  JOBS            parallel compilations (default: as many as cores and memory allow)

Example: tests/run.sh --preset asan-ubsan
HELP
}

preset=release
while [ $# -gt 0 ]; do
  case $1 in
    --preset) [ $# -ge 2 ] || { echo "run.sh: --preset needs a name; see --help" >&2; exit 2; }; preset=$2; shift 2 ;;
    --preset=*) preset=${1#*=}; shift ;;
    --help|-h) usage; exit 0 ;;
    *) echo "run.sh: unknown option $1; see --help" >&2; exit 2 ;;
  esac
done

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
say() { printf '\n== %s\n' "$*"; }

packages_in() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@" | tr -d ' \t'; }

# Installs those of the wanted packages that are missing; without any, apt is not touched (and no network is needed).
install_packages() {
  local missing=() package
  for package in $(packages_in deploy/packages.txt deploy/packages-test.txt); do
    dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    say "All packages are installed."
    return
  fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "run.sh: install these packages as root first: ${missing[*]}" >&2; exit 1; }
    as_root=(sudo)
  fi
  say "Installing with apt: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

check_blas() {
  local platform library
  platform=$(gcc -print-multiarch)
  library=$(readlink -f "/usr/lib/$platform/libblas.so.3" || true)
  case $library in
    *openblas*) ;;
    *) echo "WARNING: BLAS is ${library:-missing}, not OpenBLAS: training is up to 30 times slower, and time limits of" \
            "tests may be missed. Choose it with: update-alternatives --config libblas.so.3-$platform" >&2 ;;
  esac
}

# A compilation with LibTorch's headers takes up to 2 GiB.
compile_jobs() {
  local cores memory_gib
  cores=$(nproc)
  memory_gib=$(awk '/MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)
  local by_memory=$((memory_gib / 2 > 0 ? memory_gib / 2 : 1))
  echo $((cores < by_memory ? cores : by_memory))
}

install_packages
check_blas
say "Configuring (preset $preset)"
mkdir -p "build/$preset"
cmake --preset "$preset" >"build/$preset/configure.log" 2>&1 || { cat "build/$preset/configure.log" >&2; exit 1; }
say "Building with ${JOBS:=$(compile_jobs)} jobs"
cmake --build --preset "$preset" --parallel "$JOBS"

export ACCORD_DATA=${ACCORD_DATA:-$(dirname "$root")/shared}
[ -d "$ACCORD_DATA" ] || echo "Acceptance data is not at $ACCORD_DATA: the tests that need it are skipped (set ACCORD_DATA)."
say "Testing"
log=build/$preset/tests.log
status=0
ctest --preset "$preset" --parallel 2 2>&1 | tee "$log" || status=$?
run=$(grep -oE 'tests failed out of [0-9]+' "$log" | grep -oE '[0-9]+$' || true)
failed=$(grep -oE '[0-9]+ tests? failed out of' "$log" | grep -oE '^[0-9]+' || true)
skipped=$(grep -c '\*\*\*Skipped' "$log" || true)
say "$((${run:-0} - skipped)) tests ran (preset $preset), ${failed:-0} of them failed; $skipped were skipped."
if [ "${run:-0}" -eq 0 ]; then
  echo "run.sh: no test ran" >&2
  exit 1
fi
exit "$status"
