# Many runs one after the other, a few at a time; sourced by launch/evidence after common.sh. It says where runs lie
# (`folder_of`), what they train (`setting_of`, `changes_of`), on how many ranks (`ranks_of`), which begin as others do
# (`beginning_of`, `kept_of`) and what is to be done when one is whole (`write_tables`).
#
# What a run needs to be known by lies in its folder, so that this script may be killed at any time:
#   in-use       locked by the run's processes as long as one of them lives
#   process      the run's process group
#   output.txt   what it printed
# A run is whole when it has weights and a report with its scores; one in several stages (`is_pipeline`) when it says so
# itself, with
#   done         empty

export CAUSEWAY_ROOT    # for `RUN`
declare -A running=()   # run: process that this script started, or - for one that outlived another script
declare -A tries=()     # run: starts without progress, and the step of the last one
runs=()                 # "ROW SEED", in the order of training
failed=()
stopping=""

# Run in a session of its own, with the run's folder, the program, its ranks, the checkpoint that stays (or nothing), `train`
# or `pipeline`, and their options.
# shellcheck disable=SC2016 # expanded when it runs
RUN='
    folder="$1" causeway="$2" ranks="$3" kept="$4" command="$5"
    shift 5
    job=("$causeway")
    [[ "$ranks" == 1 ]] || job=("$CAUSEWAY_ROOT/launch/mpirun" -n "$ranks" -- "$causeway")
    echo $$ >"$folder/process"
    if [[ "$command" == pipeline ]]; then
        if [[ "$ranks" == 1 ]]; then
            "${job[@]}" pipeline --out "$folder" --resume "$@" || exit
        else   # what is learnt from labels alone has no teacher: all ranks would be students there, and share a batch
            "$causeway" pipeline --out "$folder" --resume --stage source "$@" &&
                "${job[@]}" pipeline --out "$folder" --resume --stage adapted "$@" &&
                "$causeway" pipeline --out "$folder" --resume --stage fusion "$@" || exit
        fi
        rm -rf "$folder"/*/checkpoints "$folder"/*/*/checkpoints   # the weights stay
        touch "$folder/done"
    else
        [[ -f "$folder/weights.safetensors" ]] || "${job[@]}" train --out "$folder" --resume "$@" || exit
        for checkpoint in "$folder"/checkpoints/*; do
            [[ "${checkpoint##*/}" == "$kept" ]] || rm -rf "$checkpoint"
        done
        [[ -n "$kept" ]] || rm -rf "$folder/checkpoints"
        "$causeway" evaluate "$folder" --report "$folder/report" --pictures 0 >/dev/null
    fi
'

add_run() { runs+=("$1 $2"); }

# low COMMAND...: at the lowest priority, and without this script's lock, which a killed script must not leave behind.
low() { nice -n 19 "$@" 9>&-; }

# Takes the folder's lock until this script ends; false when another one has it.
lock_folder() {
    exec 9>>"$OUT/evidence.lock"
    flock -n 9 || return 1
    echo "process $$ on $HOSTNAME" >"$OUT/evidence.lock"
}

# run_folder RUN
run_folder() { folder_of "${1% *}" "${1#* }"; }
is_whole() { [[ -f "$1/done" || -f "$1/weights.safetensors" && -f "$1/report/scores.json" ]]; }
# command_of ROW
command_of() { if is_pipeline "$1"; then echo pipeline; else echo train; fi; }
# is_in_use FOLDER: whether a process trains there, of this script or of one before.
is_in_use() { [[ -f "$1/in-use" ]] && ! flock -n "$1/in-use" true 9>&-; }

# Where a run begins as another one does, as "RUN STEP" after that run's STEP or, of runs in several stages, as "RUN source"
# after its source stages; nothing for one that begins at its own start: beginning RUN
beginning() {
    local row part
    read -r row part <<<"$(beginning_of "${1% *}")"
    [[ -z "$row" ]] || echo "$row ${1#* } $part"
}

# has_beginning RUN PART: whether what another run takes from it is there.
has_beginning() {
    local folder stage
    folder="$(run_folder "$1")"
    if [[ "$2" != source ]]; then [[ -f "$folder/checkpoints/$(checkpoint_name "$2")/index.json" ]] && return || return 1; fi
    for stage in "$folder"/*/source; do [[ -f "$stage/weights.safetensors" ]] || return 1; done
    is_whole "$folder"
}

# Whether a run had better wait for the one that it begins as: must_wait RUN
must_wait() {
    local row seed part other
    read -r row seed part <<<"$(beginning "$1")"
    other="$row $seed"
    [[ -n "$row" && " ${runs[*]/%/,}" == *" $other,"* && "${tries[$other]:-}" != failed ]] || return 1
    [[ "$(step_of "$(run_folder "$1")")" == 0 ]] && ! is_whole "$(run_folder "$other")" && ! has_beginning "$other" "$part"
}

# Takes over what another run has done already of a run that has not begun: the same bits, sooner. It appears in the
# run's folder at once or, where this script is killed, not at all: take_beginning RUN FOLDER
take_beginning() {
    local row seed part from new="$2.taken"
    read -r row seed part <<<"$(beginning "$1")"
    [[ -n "$row" && "$(step_of "$2")" == 0 ]] && has_beginning "$row $seed" "$part" || return 0
    from="$(run_folder "$row $seed")"
    rm -rf "$new"
    mkdir -p "$new"
    if [[ "$part" == source ]]; then
        (cd "$from" && cp -r --parents ./*/source "$new")
    else
        mkdir "$new/checkpoints"
        cp -r "$from/checkpoints/$(checkpoint_name "$part")" "$new/checkpoints/"
        awk -v last="$part" 'match($0, /^{"step":[0-9]+/) && substr($0, 9, RLENGTH - 8) + 0 > last { exit } { print }' \
            "$from/log.jsonl" >"$new/log.jsonl"
    fi
    rm -rf "$2"
    mv "$new" "$2"
    say "${1% *}, seed $seed begins with what $row has done"
}

# start RUN
start() {
    local folder options step
    folder="$(run_folder "$1")"
    take_beginning "$1" "$folder"
    mkdir -p "$folder"
    changes_of "${1% *}" "${1#* }"
    setsid flock -n -F "$folder/in-use" nice -n 19 bash -c "$RUN" run "$folder" "$CAUSEWAY" "$(ranks_of "${1% *}")" \
        "$(kept_of "${1% *}")" "$(command_of "${1% *}")" --config "$(setting_of "${1% *}")" "${options[@]}" >>"$folder/output.txt" 2>&1 9>&- &
    running["$1"]=$!
    step="$(step_of "$folder")"
    [[ "$step" == 0 ]] && step="" || step=", from its last checkpoint; it had come to step $step"
    say "started ${1% *}, seed ${1#* }$step"
}

# is_alive RUN: of those in `running`.
is_alive() {
    { [[ "${running[$1]}" != - ]] && kill -0 "${running[$1]}" 2>/dev/null; } || is_in_use "$(run_folder "$1")"
}

# Takes the runs that have ended off `running`, and says what became of them.
collect() {
    local run status folder
    for run in "${!running[@]}"; do
        ! is_alive "$run" || continue
        status=unknown
        if [[ "${running[$run]}" != - ]]; then
            status=0
            wait "${running[$run]}" || status=$?
        fi
        unset "running[$run]"
        folder="$(run_folder "$run")"
        if is_whole "$folder"; then
            say "finished ${run% *}, seed ${run#* }; $(progress)"
            write_tables || failed+=("tables after ${run% *}, seed ${run#* }")
        elif [[ -z "$stopping" ]]; then
            judge "$run" "$status" "$folder"
        fi
    done
}

# A run that was stopped or killed is started again as long as it gets on; one that ended with an error is not.
judge() {
    local run="$1" status="$2" step count last
    step="$(step_of "$3")"
    read -r count last <<<"${tries[$run]:-0 -1}"
    [[ "$step" -le "$last" ]] || count=0
    tries["$run"]="$((count + 1)) $step"
    if [[ "$status" == unknown || "$status" -eq 75 || "$status" -gt 128 ]] && [[ $count -lt 3 ]]; then
        say "${run% *}, seed ${run#* } was stopped (status $status); it goes on"
        return
    fi
    failed+=("${run% *}, seed ${run#* }: status $status, see $3/output.txt")
    say "failed: ${failed[-1]}"
    tries["$run"]=failed
}

ask_to_stop() {
    local run process
    say "stopping the runs after their steps; the same command goes on" >&2
    stopping=yes
    for run in "${!running[@]}"; do
        process="$(cat "$(run_folder "$run")/process" 2>/dev/null)" || continue
        ! is_alive "$run" || kill -TERM -- "-$process" 2>/dev/null || true
    done
}

# The next run that is neither whole nor running nor given up.
next_run() {
    local run
    for run in "${runs[@]}"; do
        [[ -z "${running[$run]:-}" && "${tries[$run]:-}" != failed ]] || continue
        is_whole "$(run_folder "$run")" || must_wait "$run" || { echo "$run" && return; }
    done
    return 1
}

# Trains all runs that are not whole, `JOBS` at a time.
train_runs() {
    local run shown=$SECONDS
    trap ask_to_stop TERM INT HUP
    for run in "${runs[@]}"; do
        ! is_in_use "$(run_folder "$run")" || running["$run"]=-
    done
    say "$(progress)"
    while true; do
        collect
        while [[ -z "$stopping" && ${#running[@]} -lt $JOBS ]] && run="$(next_run)"; do start "$run"; done
        [[ ${#running[@]} -gt 0 ]] || break
        if ((SECONDS - shown >= 60)); then
            say "$(progress)"
            shown=$SECONDS
        fi
        sleep 1 9>&- || true   # a signal may end it
    done
    trap - TERM INT HUP
}

# How far, and how long

# The last step in a run's log, 0 before the first; of one in several stages the sum of theirs.
step_of() {
    local log step sum=0
    for log in "$1"/log.jsonl "$1"/*/log.jsonl "$1"/*/*/log.jsonl; do
        step="$(tail -n 20 "$log" 2>/dev/null | sed -n 's/^{"step":\([0-9]*\).*/\1/p' | tail -n 1)" || true
        sum=$((sum + ${step:-0}))
    done
    echo "$sum"
}

# Measures a step of every row on this machine, once: its seconds, and how many steps a run takes.
measure_steps() {
    local row file options seconds steps
    for row in $(printf '%s\n' "${runs[@]% *}" | sort -u); do
        file="$OUT/step-times/$row"
        [[ ! -s "$file" ]] || continue
        mkdir -p "$(dirname "$file")"
        if is_pipeline "$row"; then
            echo "0 0" >"$file"   # nobody knows before how long its stages take
            continue
        fi
        changes_of "$row" 1
        if [[ "$(ranks_of "$row")" -gt 1 ]]; then
            seconds=0             # nor its ranks; their first steps tell
        else
            say "measuring a step of $row"
            seconds="$(low "$CAUSEWAY" bench step --config "$(setting_of "$row")" "${options[@]}" --json |
                sed -n 's/.*"step_s":\([0-9.]*\).*/\1/p')" || true
        fi
        steps="$(low "$CAUSEWAY" doctor --config "$(setting_of "$row")" --ranks "$(ranks_of "$row")" --json |
            sed -n 's/.*"topic":"setting"[^}]*, \([0-9]*\) steps.*/\1/p')" || true
        [[ -n "$seconds" && -n "$steps" ]] || fail "the steps of $row cannot be measured; try 'causeway bench step \
--config $(setting_of "$row")', and 'causeway doctor --config' with it"
        echo "$seconds $steps" >"$file.new"
        mv "$file.new" "$file"
    done
}

# Seconds of a step in the runs of a row so far, which know how busy the machine is; nothing where there are none.
trained_pace() {
    local log
    for log in "$OUT/runs/$1"/seed-*/log.jsonl; do
        [[ ! -f "$log" || ! -f "${log%/*}/resolved.yaml" ]] || tail -n 20 "$log" |
            awk -v images="$(sed -n '/^  batch:$/,/^[^ ]\|^  [^ ].*:$/s/^    images: *//p' "${log%/*}/resolved.yaml")" \
                'match($0, /"imagesPerSecond":[0-9.]+/) { print images / substr($0, RSTART + 18, RLENGTH - 18) }'
    done | awk '{ sum += $1 } END { if (NR >= 3) print sum / NR }'
}

# How long the runs that are not whole still take, and of how many nobody knows; nothing while a row of theirs is not
# measured.
time_left() {
    local run row folder seconds steps pace
    local -A paces=()
    for run in "${runs[@]}"; do
        [[ -s "$OUT/step-times/${run% *}" ]] || is_whole "$(run_folder "$run")" || return 0
    done
    for run in "${runs[@]}"; do
        row="${run% *}" folder="$(run_folder "$run")"
        ! is_whole "$folder" || continue
        read -r seconds steps <"$OUT/step-times/$row"
        [[ -n "${paces[$row]:-}" ]] || paces["$row"]="$(trained_pace "$row")"
        pace="${paces[$row]:-$seconds}"
        if [[ "$steps" == 0 || "$pace" == 0 ]]; then echo unknown; else echo "$pace $((steps - $(step_of "$folder")))"; fi
    done | awk -v jobs="$JOBS" '
        $1 == "unknown" { unknown += 1; next }
        { sum += $1 * $2; known += 1 }
        END {
            minutes = int(sum / jobs / 60 + 0.99)
            if (!known) exit
            if (minutes >= 60) printf "about %dh%02dm left", minutes / 60, minutes % 60
            else printf "about %d min left", minutes
            if (unknown) printf ", and %d run%s of unknown length", unknown, (unknown > 1 ? "s" : "")
        }'
}

# One line: how many runs are whole, how far the running ones are, and how long the rest takes.
progress() {
    local run whole=0 parts="" left
    for run in "${runs[@]}"; do
        ! is_whole "$(run_folder "$run")" || whole=$((whole + 1))
    done
    for run in "${!running[@]}"; do
        parts+="; ${run% *} seed ${run#* } at step $(step_of "$(run_folder "$run")")"
    done
    left="$(time_left)"
    [[ $whole -eq ${#runs[@]} ]] || parts+="; ${left:-how long they take is not known yet}"
    echo "$whole of ${#runs[@]} runs are whole$parts"
}

# All runs, what is known of each, and the sum.
show_runs() {
    local run folder state width=45
    for run in "${runs[@]% *}"; do width=$((${#run} > width ? ${#run} : width)); done
    for run in "${runs[@]}"; do
        folder="$(run_folder "$run")"
        state="not begun"
        [[ "$(step_of "$folder")" -eq 0 ]] || state="half done, had come to step $(step_of "$folder")"
        ! is_in_use "$folder" || state="running, at step $(step_of "$folder")"
        ! is_whole "$folder" || state=whole
        printf '%-*s seed %s  %s\n' "$width" "${run% *}" "${run#* }" "$state"
    done
    progress
}
