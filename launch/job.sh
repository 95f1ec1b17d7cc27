# Running a job so that it can be stopped; sourced by launch/mpirun and launch/slurm.sbatch after common.sh.

job_supervisor=""
job_requests=()      # signals that came before the job was there

# pass_on SIGNAL: to the supervisor, once it can take it.
pass_on() {
    if [[ -z "$job_supervisor" ]]; then
        job_requests+=("$1")
        return
    fi
    while ! catches "$job_supervisor" 10; do
        kill -0 "$job_supervisor" 2>/dev/null || return 0
        sleep 0.05
    done
    kill "-$1" "$job_supervisor" 2>/dev/null || true
}

# run_job COMMAND...: runs a launcher with its job, and ends with the job's exit status. SIGTERM and Ctrl-C let the ranks
# save and stop, twice end them at once; SIGHUP and SIGUSR1 let them save and stop, however often they come. When this
# script is killed, the ranks save and stop as well.
run_job() {
    local status="" request result output
    trap 'pass_on USR1' TERM INT
    trap 'pass_on USR2' HUP USR1
    # Daemons may start things with their output closed.
    [[ -e "/proc/$$/fd/1" ]] || exec >/dev/null
    [[ -e "/proc/$$/fd/2" ]] || exec 2>/dev/null
    # In a session of its own, so that Ctrl-C and the end of the terminal come to this script alone. The status comes
    # through a pipe, since a signal would end a `wait`, with a status that may be anybody's.
    exec {output}>&1
    exec {result}< <(become setsid "$CAUSEWAY_ROOT/launch/supervise" "$$" "${HOSTNAME:-node}.$$.${EPOCHREALTIME/[.,]/}" "$@" \
        </dev/null 3>&1 1>&"$output" {output}>&-)
    job_supervisor=$!
    exec {output}>&-
    for request in "${job_requests[@]}"; do pass_on "$request"; done
    while [[ -z "$status" ]]; do
        read -r -u "$result" status || [[ -d "/proc/$job_supervisor" ]] || break
    done
    [[ -n "$status" ]] || fail "launch/supervise was killed; what is left of the job ends by itself"
    exit "$status"
}
