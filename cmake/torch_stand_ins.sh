#!/bin/bash
# torch_stand_ins.sh PROGRAM FOLDER: makes an empty library in FOLDER for each that Debian's LibTorch names and takes no
# symbol from: OpenCV and FFmpeg, with the 200 libraries of desktops, maps and video behind them. A program that finds
# FOLDER before the system's libraries (DT_RPATH) loads those instead: it starts in half of the time, with 70 MB less, and
# with that much less code beside a site's rows. A library that anything else of the program needs has no stand-in, and
# where a doubt remains there is none at all, and no FOLDER: the program then loads what it would have loaded.
set -euo pipefail
export LC_ALL=C
program=$1 folder=$2
rm -rf "$folder"

needed() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }
symbols() { nm -D "$@" | awk '{print $NF}' | sed 's/@.*//' | sort -u; }

declare -A path=()
while read -r name file; do path[$name]=$file; done < <(ldd "$program" | sed -n 's/^\s*\(\S*\) => \(\/\S*\) .*/\1 \2/p')
torch=
for name in "${!path[@]}"; do case $name in libtorch_cpu.so*) torch=$name ;; esac; done
[ -n "$torch" ] || exit 0

declare -A idle=()
wanted=$(mktemp)
trap 'rm -f "$wanted"' EXIT
symbols --undefined-only "${path[$torch]}" >"$wanted"
for name in $(needed "${path[$torch]}"); do
  [ -n "${path[$name]:-}" ] || continue
  [ -n "$(symbols --defined-only "${path[$name]}" | comm -12 - "$wanted")" ] || idle[$name]=1
done

# What the program loads without the idle ones; whatever needs one of those, and is not LibTorch, keeps it.
keep_needed() {
  local -A seen=()
  local queue=("$program") file name kept=1
  while [ ${#queue[@]} -gt 0 ]; do
    file=${queue[0]}
    queue=("${queue[@]:1}")
    for name in $(needed "$file"); do
      [ -n "${path[$name]:-}" ] || continue
      if [ -n "${idle[$name]:-}" ]; then
        [ "$file" = "${path[$torch]}" ] || { unset "idle[$name]"; kept=0; }
        continue
      fi
      [ -z "${seen[$name]:-}" ] || continue
      seen[$name]=1
      queue+=("${path[$name]}")
    done
  done
  return $kept
}
while keep_needed; do :; done

[ ${#idle[@]} -gt 0 ] || exit 0
mkdir -p "$folder"
for name in "${!idle[@]}"; do
  "${CC:-cc}" -shared -nostdlib -Wl,-soname,"$name" -o "$folder/$name" -x c /dev/null
done
# All symbols of all libraries, those of functions too.
if doubts=$(LD_LIBRARY_PATH=$folder ldd -r "$program" 2>&1 | grep -E "undefined symbol|no version information|not found"); then
  rm -rf "$folder"
  echo "torch_stand_ins.sh: $program loads all that LibTorch names: $(head -1 <<<"$doubts")"
fi
