#!/bin/bash
# install.sh coordinator|client|tree [--binaries DIR] [--destdir DIR]: puts the programs, the system user and the systemd
# unit of one role on this machine. Run as root after ./deploy/quickstart.sh or a build. What to do next is printed.
#   --binaries DIR  where the built programs are (default: build/release/bin of this source tree)
#   --destdir DIR   install below DIR instead of /, without touching users or systemd (for packages and tests)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_dir=$(cd "$here/../.." && pwd)

fail() { echo "install.sh: $*" >&2; exit 1; }

role=${1:-}
case $role in
  coordinator) programs=(accord-coordinator accord accord-models) ;;
  client) programs=(accord-client accord-trainer accord-reader accord-signer) ;;
  tree) programs=(accord-coordinator accord) ;;
  *) fail "say which role: install.sh coordinator, install.sh client  or  install.sh tree" ;;
esac
shift
binaries=$source_dir/build/release/bin
destdir=
while [ $# -gt 0 ]; do
  case $1 in
    --binaries) binaries=${2:?--binaries needs a folder}; shift 2 ;;
    --destdir) destdir=${2:?--destdir needs a folder}; shift 2 ;;
    *) fail "unknown option $1; see the head of this file" ;;
  esac
done
[ -n "$destdir" ] || [ "$(id -u)" = 0 ] || fail "run it as root (sudo $0 $role)"
for program in "${programs[@]}"; do
  [ -x "$binaries/$program" ] || fail "no $binaries/$program: build first (cmake --preset release && cmake --build --preset release)"
done

for program in "${programs[@]}"; do
  install -D -m 0755 "$binaries/$program" "$destdir/usr/local/bin/$program"
  # What it loads in place of libraries that it does not use; of the last build alone.
  rm -rf "$destdir/usr/local/lib/$program"
  for library in "$binaries/../lib/$program"/*; do
    [ ! -f "$library" ] || install -D -m 0644 "$library" "$destdir/usr/local/lib/$program/${library##*/}"
  done
done
install -D -m 0644 "$here/accord-$role.service" "$destdir/etc/systemd/system/accord-$role.service"
install -D -m 0644 "$here/accord-$role.sysusers" "$destdir/etc/sysusers.d/accord-$role.conf"
install -D -m 0644 "$source_dir/docs/operations.md" "$destdir/usr/local/share/doc/accord/operations.md"

if [ -z "$destdir" ]; then
  systemd-sysusers "/etc/sysusers.d/accord-$role.conf"
  # The coordinator's configuration lies in its state folder, where `init` writes it; a federation tree has none.
  [ "$role" != client ] || install -d -m 0750 -o root -g "accord-$role" "/etc/accord-$role"
  install -d -m 0700 -o "accord-$role" -g "accord-$role" "/var/lib/accord-$role"
  [ ! -d /run/systemd/system ] || systemctl daemon-reload
fi
echo "Installed the $role. Next: docs/operations.md, section \"Running as a service\"."
