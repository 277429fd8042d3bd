#!/bin/bash
# tests/long.sh [BUILD_FOLDER]: the tests that take minutes: what is learned from digits over ten sites, from the census over
# six, from X-rays over five and from four hospitals (docs/learning.md has the figures), 10,000 schedules of the secure sum,
# every dropout and every lie about survivors in small cohorts, and a table of 5 GB at one site (9 GB of disk). Needs
# ACCORD_DATA, the folder that holds data/mnist, data/adult-census, data/pneumoniamnist and data/heart-disease.
# BUILD_FOLDER: build/release unless given. ACCORD_SEED=N ACCORD_RUNS=1 repeats a schedule.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${1:-build/release}
[ -n "${ACCORD_DATA:-}" ] || { echo "tests/long.sh: set ACCORD_DATA to the folder that holds data/" >&2; exit 2; }
for test in integration_test simulation_test client_daemon_test; do
  [ -x "$build/bin/$test" ] || { echo "tests/long.sh: no $build/bin/$test; run ./tests/run.sh first" >&2; exit 2; }
done
export ACCORD_LONG=1
"$build/bin/simulation_test" --gtest_filter='EveryDropout.*:SymbolicLeak.Of*Sites'
ACCORD_RUNS=${ACCORD_RUNS:-10000} "$build/bin/simulation_test" --gtest_filter='SecureSchedules.Every*:SymbolicLeak.OfSeveral*'
"$build/bin/client_daemon_test" --gtest_filter='LargeTableHost.FiveGigabytes*'
exec "$build/bin/integration_test" --gtest_filter='Mnist.*:*PublishedHeart.*:PublishedPooledHeart.*:Census.*:Pneumonia.*'
