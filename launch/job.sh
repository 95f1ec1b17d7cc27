# Running a job so that it can be stopped; sourced by launch/mpirun and launch/slurm.sbatch after common.sh.

job_supervisor=""
job_requests=()      # signals that came before the job was there
job_interrupted=""

# pass_on SIGNAL: to the supervisor, once it can take it.
pass_on() {
    job_interrupted=1
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
    local status request
    trap 'pass_on USR1' TERM INT
    trap 'pass_on HUP' HUP USR1
    # In a session of its own, so that Ctrl-C and the end of the terminal come to this script alone.
    setsid "$ROOT/launch/supervise" "$$" "${HOSTNAME:-node}.$$.${EPOCHREALTIME/[.,]/}" "$@" &
    job_supervisor=$!
    for request in "${job_requests[@]}"; do pass_on "$request"; done
    while :; do
        job_interrupted=""
        status=0
        wait "$job_supervisor" 2>/dev/null || status=$?
        [[ -n "$job_interrupted" ]] || exit "$status"
    done
}
