# For the scripts in this folder, which source it from the repository's root: Debian packages and parallel jobs.
. deploy/packages.sh

say() { printf '\n== %s\n' "$*"; }

# install_packages LIST...: installs those of the listed packages that are missing; without any, apt is not touched (and
# no network is needed).
install_packages() {
  local missing
  missing=$(missing_packages "$@")
  if [ -z "$missing" ]; then
    say "All packages are installed."
    return
  fi
  say "Installing with apt: $(echo $missing)"
  apt_install $missing # one word a package
}

# A compilation with LibTorch's headers takes up to 2 GiB.
compile_jobs() {
  local cores memory_gib
  cores=$(nproc)
  memory_gib=$(awk '/MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)
  local by_memory=$((memory_gib / 2 > 0 ? memory_gib / 2 : 1))
  echo $((cores < by_memory ? cores : by_memory))
}
