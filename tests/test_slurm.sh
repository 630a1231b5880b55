#!/bin/bash
# test_slurm.sh - LAUNCHER=slurm on a real Slurm of three nodes on loopback, of which some are lost: what comes out equals what
# one machine makes. `test_slurm.sh ratio`: the price, 2,000 tests on Slurm against the same without, on two cores.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
export BUILD=${BUILD:-build}
cluster=tests/slurm_cluster.sh
if what=$($cluster missing); then
    echo "1..0 # SKIP Slurm: $what"
    exit 0
fi
dir=$(mktemp -d)
# shellcheck disable=SC2317 # called by the trap
cleanup() {
    [ ! -e "$dir/cluster/slurm.conf" ] || $cluster stop "$dir/cluster"
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
count=0
: >"$dir/err"

# report NAME FAULT: one case, failed unless FAULT is empty
report() {
    count=$((count + 1))
    if [ -z "$2" ]; then echo "ok $count - $1"; else
        echo "not ok $count - $1"
        echo "$2" | head -n 8 | sed 's/^/# /'
        tail -n 20 "$dir/err" | sed 's/^/# | /'
    fi
}

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

# disturbed NODE HOW FOLDER COUNT DEPTH: once there are COUNT entries in FOLDER, and the node is at a task
disturbed() {
    await has "$3" "$4" "$5" && await running_on "$1" && $cluster "$2" "$dir/cluster" "$1"
}

good 'a Slurm of three nodes comes up' $cluster start "$dir/cluster"
export SLURM_CONF=$dir/cluster/slurm.conf

# ---- golden vectors ----

cat >"$dir/list.cases" <<'END'
noise  spectrum(256,320) config=small rank=8 trace=yes stall=heavy seeds=1..18
corner noise(40,48) config=tiny rank=8
END
vectors=("${make[@]}" vectors CASES="$dir/list.cases")
good 'vectors on one machine' "${vectors[@]}" OUT="$dir/local"
again=0
for how in lose cut; do
    "${vectors[@]}" OUT="$dir/$how" "${slurm[@]}" >"$dir/stdout" 2>"$dir/err" &
    child=$!
    report "vectors: node n2 is at a task: $how" "$(disturbed n2 $how "$dir/$how" 2 1 || echo never)"
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
no_jobs() { ! squeue -h | grep -q .; }
report 'all of its jobs' "$(await no_jobs || squeue -h)"
good 'and begun again' "${vectors[@]}" OUT="$dir/ended" "${slurm[@]}"
report 'as on one machine' "$(diff -rq "$dir/local" "$dir/ended" 2>&1)"

echo "1..$count"
