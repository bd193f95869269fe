# What it takes to build and to test netbox, and how to come by it. Sourced
# from the root of the tree by examples/run and tests/run.
#
# Knows Debian's packages and installs those that are missing, as root;
# anybody else is told the one line that does it. Never reads standard input:
# that belongs to the program which is run in the end.

build_packages=(
  gcc libc6-dev cmake ninja-build liblua5.4-dev libev-dev libc-ares-dev
  libseccomp-dev)
test_packages=(
  libcmocka-dev python3 clang-format lua-check lua5.4 lua-socket strace
  tshark jq chromium fonts-dejavu-core)
fuzz_packages=(clang libclang-rt-14-dev)

# Makes sure that the packages are there, or ends the program.
need_packages() {
  if ! type dpkg-query >/dev/null 2>&1; then
    need_tools "$@"
    return
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0

  echo "netbox: missing packages: ${missing[*]}"
  if [ "$(id -u)" != 0 ] || ! type apt-get >/dev/null 2>&1; then
    echo "To install them: sudo apt-get install -y ${missing[*]}"
    exit 1
  fi
  echo "netbox: installing them with apt-get"
  if ! apt_install "${missing[@]}" </dev/null; then
    echo "netbox: apt-get could not install them"
    exit 1
  fi
}

# Prints those of the packages that are not installed.
missing_packages() {
  local installed package
  installed=$(dpkg-query -W -f '<${db:Status-Status} ${Package}>' "$@" \
    2>/dev/null) || true
  for package; do
    [[ $installed = *"<installed $package>"* ]] || echo "$package"
  done
}

# On a system without Debian's packages: asks for the tools, and leaves it to
# CMake to name a library that is missing.
need_tools() {
  if ! type cc cmake ninja >/dev/null 2>&1; then
    echo "netbox needs what Debian installs with: sudo apt-get install -y $*"
    exit 1
  fi
}

# A fresh system has no lists of packages, and old lists name old versions.
apt_install() {
  local install=(apt-get install -y --no-install-recommends)
  export DEBIAN_FRONTEND=noninteractive
  if apt-cache show "$@" >/dev/null 2>&1 && "${install[@]}" "$@"; then
    return
  fi
  apt-get update
  "${install[@]}" "$@"
}

# build_directory PRESET: prints where it builds.
build_directory() {
  case $1 in
  release) echo build ;;
  *) echo "build-$1" ;;
  esac
}

# build PRESET SETTING [TARGET...]: configures, unless that was done with
# SETTING (NAME=VALUE, or nothing), and builds. Silent where all is built.
build() {
  local preset=$1 setting=$2 directory
  shift 2
  directory=$(build_directory "$preset")
  if ! [ "$directory/build.ninja" -nt CMakePresets.json ] ||
    ! grep -q "^${setting/=/:BOOL=}" "$directory/CMakeCache.txt"; then
    cmake --preset "$preset" ${setting:+-D "$setting"}
  fi
  cmake --build "$directory" ${1:+--target "$@"} |
    sed -u -e '/Re-checking globbed/d' -e '/ninja: no work to do/d'
}
