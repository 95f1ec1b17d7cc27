# What Open MPI leaves behind when it is killed; sourced by launch/mpirun after common.sh.
#
# Ranks share memory through files `vader_segment.<host>.<user id>.<job>.<rank>`, and mpirun keeps a folder
# `ompi.<host>.<user id>/pid.<process of mpirun>`. A killed mpirun removes neither.

# Names the segments of this user and host that no process has mapped and that are older than a minute. Every rank maps
# the segments of the others while it starts, so even a job that this process cannot see has no use for their names then.
stale_segments() {
    local segment names mapped
    mapfile -t names < <(find /dev/shm "${TMPDIR:-/tmp}" -maxdepth 1 -type f -user "$EUID" -mmin +1 \
        \( -name "vader_segment.$HOSTNAME.$EUID.*" -o -name "vader_segment.${HOSTNAME%%.*}.$EUID.*" \) 2>/dev/null)
    [[ ${#names[@]} -gt 0 ]] || return 0
    mapped="$(cat /proc/[0-9]*/maps 2>/dev/null | grep -o '/[^ ]*/vader_segment\.[^ ]*' | sort -u)" || true
    for segment in "${names[@]}"; do
        grep -qxF "$segment" <<<"$mapped" || echo "$segment"
    done
}

# Names the session folders of this user and host whose mpirun is dead, a day later: it may live in another process
# namespace, as containers have them, and a folder costs little.
stale_sessions() {
    local folder
    while read -r folder; do
        [[ -d "/proc/${folder##*/pid.}" ]] || echo "$folder"
    done < <(find "${TMPDIR:-/tmp}" -mindepth 2 -maxdepth 2 -type d -user "$EUID" -mmin +1440 \
        \( -path "*/ompi.$HOSTNAME.$EUID/pid.*" -o -path "*/ompi.${HOSTNAME%%.*}.$EUID/pid.*" \) 2>/dev/null)
}

# Removes both, and says so.
remove_leftovers() {
    local leftovers
    mapfile -t leftovers < <(stale_segments; stale_sessions)
    [[ ${#leftovers[@]} -gt 0 ]] || return 0
    rm -rf -- "${leftovers[@]}"
    # In a shell of its own: where nobody reads, saying it ends that shell and not the job.
    (say "removed what killed jobs left behind: ${leftovers[*]}" >&2) || true
}
