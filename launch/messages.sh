# How the output of a job reaches the user; sourced by launch/supervise.
#
# Ranks report errors, and that they were asked to stop, by lines that carry the character RECORD (see
# Sources/Collectives/RankReport.swift). Of several errors the first is shown, once. Open MPI's frames around the end of a
# job are left out; of a rank that a signal killed they become one line. Everything else passes unchanged and at once.

RECORD=$'\x1e'    # ends the readable part of a record
NEWLINE=$'\x1f'   # a line end inside a record
RULE="$(printf -- '-%.0s' {1..74})"

# Standard output; where nobody reads it any more, the job goes on.
pass_output() {
    trap - PIPE
    cat 2>/dev/null
    exec cat >/dev/null
}

# Standard error, as described above. Writes what the supervisor has to know to the descriptor `events`.
pass_errors() {
    local LC_ALL=C line code wait
    partial=""        # of a line whose end has not come
    is_mid_line=""    # the beginning of the present line was passed on
    frame=()          # lines of a frame of Open MPI
    errors=()         # records of errors that are not shown yet
    shown=""          # an error was shown
    unsaved=""        # that nothing was saved was shown
    show_at=0         # when to show them, in microseconds
    while :; do
        wait=0.2
        [[ ${#frame[@]} -eq 0 ]] || wait=3
        IFS= read -r -t "$wait" line
        code=$?
        if [[ "$code" -eq 0 ]]; then
            take_line "$partial$line"
            partial=""
        elif [[ "$code" -gt 128 && -n "$line" ]]; then
            partial+="$line"   # the time was up while it came
        elif [[ "$code" -gt 128 ]]; then
            [[ ${#frame[@]} -gt 1 ]] || release_frame   # a longer one is about the end of the job
            if [[ -n "$partial" ]] && ! is_held "$partial"; then
                emit "$partial"
                is_mid_line=1
                partial=""
            fi
        else
            partial+="$line"
            [[ ${#frame[@]} -gt 1 ]] || release_frame
            [[ -z "$partial" ]] || take_line "$partial" ""
            show_error
            return
        fi
        [[ ${#errors[@]} -eq 0 || "$(microseconds)" -lt "$show_at" ]] || show_error
    done
}

# Whether the beginning of a line must wait for the rest: a record, a word of mpirun's own, or one of its frames.
is_held() { [[ "$1" == *"$RECORD"* || "$1" == "mpirun: "* || "$RULE" == "$1"* ]]; }

microseconds() { echo "${EPOCHREALTIME/[.,]/}"; }

emit() { printf '%s' "$*" >&2 2>/dev/null; }

# take_line LINE [END]
take_line() {
    local line="$1" end="${2-$'\n'}"
    if [[ ${#frame[@]} -eq 0 && "$line" == *"$RULE" && "$line" != *"-$RULE" ]]; then
        emit "${line%"$RULE"}"   # what a rank wrote without a line end before
        line="$RULE"
        is_mid_line=""
    fi
    if [[ "$line" == *"$RECORD"* ]]; then
        [[ -z "$is_mid_line" ]] || emit $'\n'
        is_mid_line=""
        take_record "$line"
    elif [[ -n "$is_mid_line" ]]; then
        is_mid_line=""
        emit "$line$end"
    elif [[ ${#frame[@]} -eq 0 ]]; then
        if [[ "$line" == "$RULE" ]]; then
            frame=("$line")
        elif ! is_noise "$line"; then
            emit "$line$end"
        fi
    else
        take_frame_line "$line"
    fi
}

# Traces that Open MPI leaves while it passes signals on and shuts down.
is_noise() {
    [[ "$1" =~ ^"mpirun: Forwarding signal "[0-9]+" to job" || "$1" == *ORTE_ERROR_LOG*show_help.c* || "$1" == *"more process"*"sent help message help-mpi-api.txt"* ||
        "$1" == *'Set MCA parameter "orte_base_help_aggregate" to 0'* ]]
}

take_frame_line() {
    if [[ ${#frame[@]} -eq 1 && "$1" == "$RULE" ]]; then
        emit "$1"$'\n'   # the first of the two closed a frame about something else, and this one opens the next
    elif [[ ${#frame[@]} -eq 1 ]] && ! is_end_of_job "$1"; then
        # A frame about something else, or a rule of the program's own.
        release_frame
        emit "$1"$'\n'
    elif [[ "$1" == "$RULE" ]]; then
        take_frame "${frame[*]}"
        frame=()
    else
        frame+=("$1")
    fi
}

is_end_of_job() {
    [[ "$1" =~ ^"MPI_ABORT was invoked on rank"|^"Primary job  terminated normally"|^(mpirun|orterun|prterun)" "(noticed|detected)" that" ]]
}

# take_frame TEXT: a frame about the end of the job.
take_frame() {
    local pattern="process rank ([0-9]+) with PID [0-9]+ on node ([^ ]+) exited on signal ([0-9]+) \(([^)]*)\)"
    [[ "$1" =~ $pattern ]] || return 0
    local rank="${BASH_REMATCH[1]}" host="${BASH_REMATCH[2]}" number="${BASH_REMATCH[3]}" name="${BASH_REMATCH[4]}"
    [[ -z "$shown" && ! -e "$folder/ending" ]] || return 0
    errors=()   # the others lost their partner
    shown=1
    echo "failed $((128 + number))" >&"$events"
    emit "error: rank $rank on host $host was killed by signal $number ($name)$(advice "$number")"$'\n'
}

# What may be behind a signal.
advice() {
    case "$1" in
    9) echo "; the system does that when memory runs out: use fewer ranks on this host, a smaller crop or batch, or" \
        "engine.recompute; \`causeway doctor --config ... --ranks ...\` estimates what a rank needs" ;;
    7) echo "; shared memory may be full: see \`causeway doctor\`" ;;
    4 | 5 | 6 | 8 | 11) echo "; this is a fault of the program: please report it with the lines above" ;;
    esac
}

# Shows what was held back of a frame.
release_frame() {
    local line
    for line in "${frame[@]}"; do emit "$line"$'\n'; done
    frame=()
}

# take_record LINE: `error on rank R of N: TEXT` RECORD `error R N STATUS NANOSECONDS`, or `...` RECORD `stopping` or `unsaved`
take_record() {
    local fields="${1##*"$RECORD"}"
    if [[ "$fields" == stopping ]]; then
        echo answered >&"$events"
    elif [[ "$fields" == unsaved ]]; then
        [[ -n "$unsaved" ]] || emit "${1%"$RECORD"*}"$'\n'
        unsaved=1
    elif [[ "$fields" =~ ^"error "[0-9]+" "[0-9]+" "[0-9]+" "[0-9]+$ ]]; then
        [[ -z "$shown" ]] || return 0
        if [[ ${#errors[@]} -eq 0 ]]; then
            show_at=$(($(microseconds) + 1000000))
            echo failing >&"$events"
        fi
        errors+=("$1")
    else
        emit "$1"$'\n'
    fi
}

# Shows the error that came first; without its rank where several have the same.
show_error() {
    local record fields readable text first="" first_time="" first_text="" same=0
    [[ ${#errors[@]} -gt 0 ]] || return 0
    for record in "${errors[@]}"; do
        read -r -a fields <<<"${record##*"$RECORD"}"
        if [[ -z "$first" || "${fields[4]}" -lt "$first_time" ]]; then first="$record" first_time="${fields[4]}"; fi
    done
    readable="${first%"$RECORD"*}"
    first_text="${readable#*: }"
    for record in "${errors[@]}"; do
        text="${record%"$RECORD"*}"
        [[ "${text#*: }" != "$first_text" ]] || same=$((same + 1))
    done
    read -r -a fields <<<"${first##*"$RECORD"}"
    if [[ "$same" -gt 1 || "${fields[2]}" -eq 1 ]]; then readable="error: $first_text"; fi
    emit "${readable//"$NEWLINE"/$'\n'}"$'\n'
    errors=()
    shown=1
    echo "failed ${fields[3]}" >&"$events"
}
