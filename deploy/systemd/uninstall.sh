#!/bin/bash
# uninstall.sh coordinator|client|tree [--destdir DIR]: stops the service and removes what install.sh put there. State, keys
# and configuration stay (/var/lib/accord-ROLE, for client also /etc/accord-client): remove them yourself once nobody
# needs them.
set -euo pipefail

fail() { echo "uninstall.sh: $*" >&2; exit 1; }

role=${1:-}
case $role in
  coordinator) programs=(accord-coordinator accord accord-models) ;;
  client) programs=(accord-client accord-trainer accord-reader accord-signer) ;;
  tree) programs=(accord-coordinator accord) ;;
  *) fail "say which role: uninstall.sh coordinator, uninstall.sh client  or  uninstall.sh tree" ;;
esac
destdir=
if [ "${2:-}" = --destdir ]; then destdir=${3:?--destdir needs a folder}; elif [ $# -gt 1 ]; then fail "unknown option $2"; fi
[ -n "$destdir" ] || [ "$(id -u)" = 0 ] || fail "run it as root (sudo $0 $role)"

if [ -z "$destdir" ] && [ -d /run/systemd/system ]; then systemctl disable --now "accord-$role.service" || true; fi
rm -f "$destdir/etc/systemd/system/accord-$role.service" "$destdir/etc/sysusers.d/accord-$role.conf"
# A coordinator and a federation tree are one program, which stays as long as one of the two is there.
case $role in coordinator) other=tree ;; tree) other=coordinator ;; *) other=none ;; esac
if [ ! -e "$destdir/etc/systemd/system/accord-$other.service" ]; then
  for program in "${programs[@]}"; do
    rm -f "$destdir/usr/local/bin/$program"
    rm -rf "$destdir/usr/local/lib/$program"
  done
fi
if [ -z "$destdir" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
kept=$destdir/var/lib/accord-$role
[ "$role" != client ] || kept="$destdir/etc/accord-$role and $kept"
echo "Removed the $role's programs and unit. Kept: $kept."
