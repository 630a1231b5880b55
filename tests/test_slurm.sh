#!/bin/bash
# test_slurm.sh - LAUNCHER=slurm on a real Slurm of three nodes on loopback, of which some are lost: what comes out equals what
# one machine makes. `test_slurm.sh vectors`: golden vectors, and what the launcher tells; `test_slurm.sh regress`: a regression;
# `test_slurm.sh ratio`: the price, 2,000 tests on Slurm against the same without, on two cores.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
export BUILD=${BUILD:-build}
cluster=tests/slurm_cluster.sh
if what=$($cluster missing); then
    echo "1..0 # SKIP Slurm: $what"
    exit 0
fi
# shellcheck source=tests/report.sh
. tests/report.sh
# shellcheck disable=SC2317 # called by the trap
cleanup() {
    [ ! -e "$dir/cluster/slurm.conf" ] || $cluster stop "$dir/cluster"
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP PIPE # PIPE: a shell that says so of a child that was killed

# good NAME COMMAND...: exit status 0; what it prints is in stdout and err
good() {
    local name=$1
    shift
    "$@" >"$dir/stdout" 2>"$dir/err"
    local status=$?
    report "$name" "$([ $status -eq 0 ] || echo "exit status $status")"
}

# told STATUS NAME TEXT VARIABLE=VALUE...: make with these fails with this status, and says TEXT in one line of the launcher's
told() {
    local want=$1 name=$2 text=$3 fault=''
    shift 3
    ! "${make[@]}" "$@" >"$dir/stdout" 2>"$dir/err" || fault='make has not failed'
    grep -q "Error $want$" "$dir/err" || fault="$fault not Error $want"
    [ "$(grep -vc '^make' "$dir/err")" -eq 1 ] || fault="$fault not one line"
    grep -qF -- "$text" "$dir/err" || fault="$fault does not say: $text"
    report "$name" "$fault"
}

# said NAME TEXT FILE: it has said so
said() { report "$1" "$(grep -qF -- "$2" "$dir/$3" || echo "it says: $(cat "$dir/$3")")"; }

make=(make -s --no-print-directory BUILD="$BUILD")
slurm=(LAUNCHER=slurm TASKS=3)

# Waits until COMMAND is true, for a minute
await() {
    local until=$((SECONDS + 60))
    until "$@"; do
        [ $SECONDS -lt $until ] || return 1
        sleep 0.1
    done
}
running_on() { squeue -h -w "$1" -t R -o %i | grep -q _; }
entries() { find "$1" -mindepth "$3" -maxdepth "$3" 2>/dev/null | head -n "$2" | wc -l; }
has() { [ "$(entries "$@")" -ge "$2" ]; }

# Whether one more task than before has been requeued
ran_again() { [ "$(scontrol --oneliner show jobs | grep -c 'Restarts=[1-9]')" -gt "$again" ]; }

# disturbed NODE HOW COMMAND...: once COMMAND is true, and the node is at a task
disturbed() {
    local node=$1 mode=$2
    shift 2
    await "$@" && await running_on "$node" && $cluster "$mode" "$dir/cluster" "$node"
}

good 'a Slurm of three nodes comes up' $cluster start "$dir/cluster"
export SLURM_CONF=$dir/cluster/slurm.conf

# rows FOLDER: all that does not depend on time, host or memory
rows() {
    sqlite3 "$1/results.db" 'SELECT name, seed, verdict, signature, kind, unit, register, message, clock, stimulus, digest, clocks,
        macs, beats_in, beats_out, counters, bins, again FROM run ORDER BY regression, name, seed;
        SELECT seed, cases, tier, tags, planned, commit_id, version, ended IS NULL FROM regression ORDER BY regression;
        SELECT name, config, run, input, parameters, tests FROM testcase ORDER BY regression, name;
        SELECT signature, name, seed, capsule <> "", again FROM bucket ORDER BY regression, signature'
}
same_rows() { report "$1" "$(rows "$2" | grep -q . || echo none; diff <(rows "$2") <(rows "$3") 2>&1)"; }

# ---- golden vectors, and what is told ----

test_vectors() {
    cat >"$dir/list.cases" <<'END'
noise  spectrum(256,320) config=small rank=8 trace=yes stall=heavy seeds=1..18
corner noise(40,48) config=tiny rank=8
END
    vectors=("${make[@]}" vectors CASES="$dir/list.cases")
    good 'vectors on one machine' "${vectors[@]}" OUT="$dir/local"
    for how in lose cut; do
        "${vectors[@]}" OUT="$dir/$how" "${slurm[@]}" >"$dir/stdout" 2>"$dir/err" &
        child=$!
        report "vectors: node n2 is at a task: $how" "$(disturbed n2 $how has "$dir/$how" 2 1 || echo never)"
        wait $child
        ended=$?
        report 'they end well' "$([ $ended -eq 0 ] || echo "exit status $ended")"
        report 'its task ran again' "$(ran_again || echo no)"
        said 'the last job makes none' ': 0 made, 19 there already' stdout
        report 'byte for byte as on one machine' "$(diff -rq "$dir/local" "$dir/$how" 2>&1)"
        report 'and nothing beside them' "$(ls -d "$dir/$how.slurm" 2>/dev/null)"
        again=$((again + 1))
        good 'the node is back' $cluster back "$dir/cluster" n2
    done

    # ---- what is told ----

    list=(vectors CASES="$dir/list.cases" LAUNCHER=slurm)
    told 2 'a partition that is not' 'Invalid partition name' "${list[@]}" OUT="$dir/out" PARTITION=nix
    told 2 'more tasks than Slurm takes' 'the array of 100000 tasks was not taken: ' "${list[@]}" OUT="$dir/out" TASKS=100000
    told 2 'no number of tasks' 'TASKS=many: not a number' "${list[@]}" OUT="$dir/out" TASKS=many
    told 2 'no number of cores' 'CPUS=0: not a number' "${list[@]}" OUT="$dir/out" CPUS=0
    told 2 'one matrix' 'is for a list' vectors INPUT=x.npy LAUNCHER=slurm OUT="$dir/out"
    mkdir "$dir/bare" # what the launcher needs, but nothing of Slurm's
    for tool in bash realpath dirname; do ln -s "$(command -v $tool)" "$dir/bare/"; done
    env PATH="$dir/bare" regress/slurm vectors "$dir/out" >"$dir/stdout" 2>"$dir/err"
    said 'no Slurm' "regress/slurm: no sbatch found: LAUNCHER=slurm needs Slurm's commands here" err
    report 'and nothing is left of them' "$(ls -d "$dir/out/"* 2>/dev/null)"

    # A task that ends before its time, for whatever reason
    "${vectors[@]}" OUT="$dir/short" "${slurm[@]}" >"$dir/stdout" 2>"$dir/err" &
    child=$!
    report 'a task is at it' "$(await running_on n2 || echo never)"
    scancel "$(squeue -h -w n2 -t R -o %i)"
    wait $child
    ended=$?
    report 'ended, it is made up for' "$([ $ended -eq 0 ] || echo "exit status $ended")"
    said 'and that is told' '1 of 3 tasks did not end well' err
    report 'as on one machine' "$(diff -rq "$dir/local" "$dir/short" 2>&1)"

    # Not waited for; a second start meanwhile; waited for, interrupted; ended
    good 'WAIT=0' "${vectors[@]}" OUT="$dir/later" "${slurm[@]}" WAIT=0
    said 'tells the jobs' "'regress/slurm wait $dir/later' waits" stdout
    told 2 'a second start' 'are at it; ' "${list[@]}" OUT="$dir/later"
    setsid regress/slurm wait "$dir/later" >"$dir/stdout" 2>"$dir/err" &
    sleep 1
    kill -TERM $!
    wait $!
    ended=$?
    report 'interrupted: exit status 130' "$([ $ended -eq 130 ] || echo "exit status $ended")"
    said 'says that the jobs go on' 'go on: "regress/slurm wait' err
    good 'waited for again' regress/slurm wait "$dir/later"
    report 'as on one machine' "$(diff -rq "$dir/local" "$dir/later" 2>&1)"
    good 'WAIT=0' "${vectors[@]}" OUT="$dir/ended" "${slurm[@]}" WAIT=0
    good 'ended' regress/slurm cancel "$dir/ended"
    report 'all of its jobs' "$(await no_jobs || squeue -h)"
    good 'and begun again' "${vectors[@]}" OUT="$dir/ended" "${slurm[@]}"
    report 'as on one machine' "$(diff -rq "$dir/local" "$dir/ended" 2>&1)"
}

# ---- a regression ----

test_regress() {
    cat >"$dir/regress.cases" <<'END'
lockstep noise(64,64) config=tiny rank=8 stall=heavy seeds=draw:80 : simulated
timed    spectrum(64,64)  config=tiny rank=8 run=timed seeds=draw:80 : models alone
untimed  noise(16,16) config=tiny rank=4 outliers=2 run=untimed seeds=1..200 : quick ones
wrong    noise(16,16) config=tiny rank=4 outliers=2 run=untimed expect=overflow seeds=1..3 : fails
upset    noise(32,32) config=tiny rank=4 fault=u_sequencer.key_q:0:13@900 : fails, and leaves a capsule
END
    regress=("${make[@]}" regress CASES="$dir/regress.cases" SEED=7 WAVES=0)
    "${regress[@]}" OUT="$dir/one" >"$dir/stdout" 2>"$dir/err"
    said 'a regression on one machine' '360 passed, 4 failed' stdout

    # Of the task on node n2 some rows are recorded, and not all
    # shellcheck disable=SC2317 # called by await
    halfway() {
        local task part
        task=$(squeue -h -w n2 -t R -o %K)
        part=$(echo "$dir/$how"/parts/*/3/"$task"-0/results.db)
        [ -s "$part" ] && [ "$(sqlite3 "$part" 'SELECT count(*) FROM run' 2>/dev/null || echo 0)" -ge 10 ]
    }
    for how in lost cut_off; do
        "${regress[@]}" OUT="$dir/$how" "${slurm[@]}" >"$dir/stdout" 2>"$dir/err" &
        child=$!
        report "a regression: node n2 is in the middle of a task: $how" \
            "$(disturbed n2 "$([ $how = lost ] && echo lose || echo cut)" halfway || echo never)"
        wait $child
        ended=$?
        report 'it ends, with its failures' "$([ $ended -eq 2 ] && grep -q 'Error 1$' "$dir/err" || echo "exit status $ended")"
        said 'and tells them' '360 passed, 4 failed' stdout
        report 'its task ran again' "$(ran_again || echo no)"
        report 'and took over what was there' "$(grep -q 'taken over from' "$dir/$how"/slurm/task-*.txt || echo no)"
        same_rows 'row for row as on one machine' "$dir/one" "$dir/$how"
        report 'whole' "$(sqlite3 "$dir/$how/results.db" 'PRAGMA integrity_check' | grep -v '^ok$')"
        report 'and its parts are gone' "$(ls -d "$dir/$how/parts" 2>/dev/null)"
        again=$((again + 1))
        good 'the node is back' $cluster back "$dir/cluster" n2
    done

    # Cut off, begun again, it goes on; then what failed
    "${regress[@]}" OUT="$dir/cut" "${slurm[@]}" WAIT=0 >"$dir/stdout" 2>"$dir/err"
    report 'a regression is at it' "$(await has "$dir/cut/parts" 3 4 || echo never)"
    good 'ended' regress/slurm cancel "$dir/cut"
    report 'all of its jobs' "$(await no_jobs || squeue -h)"
    "${regress[@]}" OUT="$dir/cut" "${slurm[@]}" >"$dir/stdout" 2>"$dir/err"
    said 'begun again, it goes on' '360 passed, 4 failed' stdout
    same_rows 'row for row as on one machine' "$dir/one" "$dir/cut"
    "${make[@]}" regress CASES="$dir/regress.cases" OUT="$dir/cut" "${slurm[@]}" WAVES=0 RERUN=failed >"$dir/stdout" 2>"$dir/err"
    said 'what failed' '0 passed, 4 failed' stdout
}

# ---- the price ----

test_ratio() {
    cat >"$dir/ratio.cases" <<'END'
lockstep noise(64,64) config=tiny rank=8 stall=light seeds=1..1000 : simulated
timed    spectrum(64,64)  config=tiny rank=8 run=timed seeds=1..500 : models alone
untimed  spectrum(512,576) config=small rank=32 run=untimed seeds=1..500 : of real size
END
    regress=("${make[@]}" regress CASES="$dir/ratio.cases" SEED=1)
    good 'what is run is built' "${make[@]}" regress-build CASES="$dir/ratio.cases" OUT="$dir/none"
    for round in $(seq "${ROUNDS:-2}"); do
        begin=${EPOCHREALTIME/./}
        good 'on one machine, two workers' "${regress[@]}" OUT="$dir/local$round" JOBS=2
        middle=${EPOCHREALTIME/./}
        good 'on Slurm, three nodes' "${regress[@]}" OUT="$dir/slurm$round" "${slurm[@]}"
        end=${EPOCHREALTIME/./}
        same_rows 'row for row the same' "$dir/local$round" "$dir/slurm$round"
        awk -v local=$((middle - begin)) -v slurm=$((end - middle)) -v tests="$(sqlite3 "$dir/slurm$round/results.db" 'SELECT count(*) FROM run')" \
            'BEGIN { printf "# %d tests: %.1f s on one machine, %.1f s on Slurm: %.2f x\n", tests, local * 1e-6, slurm * 1e-6, slurm / local }'
    done
}

again=0 # tasks that Slurm has run again
no_jobs() { ! squeue -h | grep -q .; }
case ${1:-regress} in
vectors | regress | ratio) "test_${1:-regress}" ;;
*)
    echo "test_slurm.sh: $1: not vectors, regress, ratio" >&2
    exit 2
    ;;
esac
echo "1..$count"
