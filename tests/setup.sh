# For the scripts in this folder, which source it from the repository's root: Debian packages and parallel jobs.

say() { printf '\n== %s\n' "$*"; }

packages_in() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@" | tr -d ' \t'; }

# install_packages LIST...: installs those of the listed packages that are missing; without any, apt is not touched (and
# no network is needed).
install_packages() {
  local missing=() package
  for package in $(packages_in "$@"); do
    dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    say "All packages are installed."
    return
  fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "install these packages as root first: ${missing[*]}" >&2; exit 1; }
    as_root=(sudo)
  fi
  say "Installing with apt: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# A compilation with LibTorch's headers takes up to 2 GiB.
compile_jobs() {
  local cores memory_gib
  cores=$(nproc)
  memory_gib=$(awk '/MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)
  local by_memory=$((memory_gib / 2 > 0 ? memory_gib / 2 : 1))
  echo $((cores < by_memory ? cores : by_memory))
}
