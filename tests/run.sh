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
. tests/setup.sh

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

install_packages deploy/packages.txt deploy/packages-test.txt
check_blas
say "Configuring (preset $preset)"
mkdir -p "build/$preset"
cmake --preset "$preset" >"build/$preset/configure.log" 2>&1 || { cat "build/$preset/configure.log" >&2; exit 1; }
say "Building with ${JOBS:=$(compile_jobs)} jobs"
cmake --build --preset "$preset" --parallel "$JOBS"

export ACCORD_DATA=${ACCORD_DATA:-$(dirname "$root")/shared}
if [ ! -d "$ACCORD_DATA" ]; then
  echo "Acceptance data is not at $ACCORD_DATA: the tests that need it are skipped (set ACCORD_DATA)."
  unset ACCORD_DATA
fi
say "Testing"
log=build/$preset/Testing/Temporary/LastTest.log
rm -f "$log"
status=0
# One more than cores: federations wait more than they compute.
ctest --preset "$preset" --parallel "$(($(nproc) + 1))" || status=$?
python3 -B tests/results/tally.py --words "preset $preset" "$log" || status=1
exit "$status"
