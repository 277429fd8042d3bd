#!/bin/bash
# tests/long.sh [BUILD_FOLDER]: the tests that take minutes, with their accuracy by round. Needs ACCORD_DATA, the folder
# that holds data/mnist. BUILD_FOLDER: build/release unless given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${1:-build/release}
[ -n "${ACCORD_DATA:-}" ] || { echo "tests/long.sh: set ACCORD_DATA to the folder that holds data/mnist" >&2; exit 2; }
[ -x "$build/bin/integration_test" ] || { echo "tests/long.sh: no $build/bin/integration_test; run ./tests/run.sh first" >&2; exit 2; }
ACCORD_LONG=1 exec "$build/bin/integration_test" --gtest_filter='Mnist.*'
