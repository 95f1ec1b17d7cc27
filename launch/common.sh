# Shared by the scripts of this folder; sourced, not run. Needs bash.
set -euo pipefail

CAUSEWAY_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
SYSTEM_PACKAGES=(libopenmpi-dev openmpi-bin libopenblas-dev libpng-dev libjpeg-dev zlib1g-dev pkg-config)
SYSTEM_LIBRARIES=(mpi-c openblas libpng libjpeg zlib)   # the same, as pkg-config knows them

CHANGED_VARIABLES='^(CAUSEWAY_(JOB|LABELS)=|OMPI_|OPENBLAS_NUM_THREADS=|HWLOC_COMPONENTS=|PATH=|BASH|SHELLOPTS=|SHLVL=|PWD=|_=)'

# What the program reads, and all hosts of a job are to have alike.
SETTLED_VARIABLES=(
    CAUSEWAY_CHECK_COLLECTIVES CAUSEWAY_LABELS CAUSEWAY_LARGEST_IMAGE CAUSEWAY_MPI_WAIT
    CAUSEWAY_DEVICE CAUSEWAY_DEVICE_GRAPHS CAUSEWAY_DEVICE_SYNC CAUSEWAY_KERNEL_CACHE CAUSEWAY_NCCL CAUSEWAY_NVRTC
    CAUSEWAY_ONEDNN CAUSEWAY_PRECISION CAUSEWAY_STANDIN CUDA_HOME CUDA_PATH CUDA_VISIBLE_DEVICES
)

say() { printf '==> %s\n' "$*"; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# number KEY LINE: a number of a line of JSON.
number() { sed -n "s/.*\"$1\":\([0-9.e-]*\).*/\1/p" <<<"$2"; }

# Names the system packages that are not installed.
missing_packages() {
    local package
    for package in "${SYSTEM_PACKAGES[@]}"; do
        [[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] || echo "$package"
    done
}

# True when the libraries and mpirun can be found, however they were installed.
libraries_present() {
    command -v mpirun >/dev/null && pkg-config --exists "${SYSTEM_LIBRARIES[@]}" 2>/dev/null
}

# Installs the missing system packages; prints the one line to run where it may not.
ensure_packages() {
    if ! command -v apt-get >/dev/null; then
        libraries_present && return
        fail "this system has no apt; install Open MPI, OpenBLAS, libpng, libjpeg, zlib (with headers) and pkg-config"
    fi
    local missing
    mapfile -t missing < <(missing_packages)
    [[ ${#missing[@]} -gt 0 ]] || return 0
    ! libraries_present || return 0

    local as_root=()
    if [[ $EUID -ne 0 ]]; then
        if ! sudo -n true 2>/dev/null; then
            fail "system packages are missing and this user may not install them; run this line, then start again:
    sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
        fi
        as_root=(sudo -n)
    fi
    say "installing ${missing[*]}"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
        "${missing[@]}" </dev/null
}

# become COMMAND...: in its place, with the variables that the caller of this script exported as they were: a setting may
# name any of them (`root: "${DATA}"`), and bash exports what a script puts into a variable of the same name. Only what a
# job needs otherwise is changed.
become() {
    local _entry _entries=() _changed="$CHANGED_VARIABLES"
    mapfile -d '' -t _entries <"/proc/$BASHPID/environ"
    for _entry in "${_entries[@]}"; do
        [[ "$_entry" =~ ^[A-Za-z_][A-Za-z_0-9]*= && ! "$_entry" =~ $_changed ]] || continue
        unset -v "${_entry%%=*}" 2>/dev/null || continue   # one of bash's own that cannot be changed
        export "$_entry"
    done
    exec "$@"
}

# The version Package.swift asks for, such as 6.2.
needed_swift() { sed -n '1s/.*swift-tools-version: *\([0-9.]*\).*/\1/p' "$CAUSEWAY_ROOT/Package.swift"; }

# Puts a Swift that is new enough into PATH, or says which is needed.
ensure_swift() {
    local needed found="" folder version
    needed="$(needed_swift)"
    for folder in "" /opt/swift/usr/bin "${HOME:-}/.local/share/swiftly/bin" /usr/local/swift/usr/bin; do
        [[ -z "$folder" || -x "$folder/swift" ]] || continue
        version="$(PATH="${folder:+$folder:}$PATH" swift --version 2>/dev/null |
            sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -1)" || true
        [[ -n "$version" ]] || continue
        found="$found $version"
        if [[ "$(printf '%s\n%s\n' "$needed" "$version" | sort -V | head -1)" == "$needed" ]]; then
            export PATH="${folder:+$folder:}$PATH"
            return
        fi
    done
    fail "Swift $needed or newer is needed, found:${found:- none}; install it from https://www.swift.org/install/linux"
}

# build_causeway [COMMAND...]: builds the program in this folder, by a command such as nice, where something is newer than what
# is built: SwiftPM builds all anew where it writes to a file and wrote to a terminal before, or the other way round.
build_causeway() {
    local built="$CAUSEWAY_ROOT/.build/release/causeway"
    [[ ! -x "$built" || -n "$(cd "$CAUSEWAY_ROOT" && find Package.swift Sources -newer "$built" -print -quit)" ]] || return 0
    say "building"
    (cd "$CAUSEWAY_ROOT" && "$@" swift build -c release --product causeway)
}

# Open MPI refuses to start as root unless it is told twice; in a container root is the only user.
allow_mpi_as_root() {
    [[ $EUID -ne 0 ]] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
}

# Sets `program` to the release build of this folder, or where there is none to the causeway in PATH, which it says. One
# that lies elsewhere finds the label spaces of this folder by CAUSEWAY_LABELS.
find_causeway() {
    program="$CAUSEWAY_ROOT/.build/release/causeway"
    [[ ! -x "$program" ]] || return 0
    local installed
    installed="$(type -P causeway || true)"
    [[ -n "$installed" ]] ||
        fail "$program is not built, and there is no causeway in PATH; run: swift build -c release --product causeway"
    printf 'note: %s is not built; %s is used\n' "$program" "$installed" >&2
    program="$installed"
    export CAUSEWAY_LABELS="${CAUSEWAY_LABELS:-$CAUSEWAY_ROOT/configs/labels}"
}

# catches PROCESS NUMBER: whether it has a handler for a signal.
catches() {
    local mask
    mask="$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null)" || return 1
    [[ -n "$mask" ]] && (((16#$mask >> ($2 - 1)) & 1))
}

# Name of a checkpoint's folder in a run's: checkpoint_name STEP
checkpoint_name() { printf 'step-%06d' "$1"; }
