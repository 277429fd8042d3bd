# For the scripts that source it: which Debian packages of the lists in this folder are
# missing, and installing them.

# The packages of LIST... that this machine's architecture has: "NAME" or "NAME [ARCHITECTURE ...]" a line.
packages_in() {
  sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@" | awk -v architecture="$(dpkg --print-architecture)" '
    { listed = $0; sub(/^[^[]*/, "", listed); gsub(/[][]/, " ", listed) }
    listed == "" || index(listed, " " architecture " ") { print $1 }'
}

# Those of them that are not installed.
missing_packages() {
  local package
  for package in $(packages_in "$@"); do
    dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' || echo "$package"
  done
}

# apt_install PACKAGE...: as root or through sudo.
apt_install() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "install these packages as root first: $*" >&2; return 1; }
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
