#!/bin/bash
# slurm_cluster.sh - a real Slurm on loopback: one slurmctld and NODES slurmd, each with processes of its own, so that a node
# can be lost. For the tests and for work on regress/slurm; needs root and Debian's slurm-wlm, no systemd, munge or cgroups.
# SPDX-License-Identifier: Apache-2.0
#
#   slurm_cluster.sh run COMMAND...      a cluster for as long as COMMAND runs (SLURM_CONF is set); its exit status
#   slurm_cluster.sh start DIR           a cluster whose files are in DIR, a new folder; then  export SLURM_CONF=DIR/slurm.conf
#   slurm_cluster.sh lose DIR NODE       the node's processes die, all at once, and Slurm is told so
#   slurm_cluster.sh cut DIR NODE        slurmd alone dies: Slurm takes the node for lost, its jobs run on
#   slurm_cluster.sh back DIR NODE       the node starts anew
#   slurm_cluster.sh stop DIR            the end of all its processes; DIR stays
#   slurm_cluster.sh missing             prints what is missing here for a cluster; exit status 0 if something is
#
# NODES=3 nodes n1, n2, ... of CPUS=1 each. Exit status 1, after one line, if a daemon does not come up.
set -u

fail() {
    echo "slurm_cluster.sh: $*" >&2
    exit 1
}

missing() {
    local tool
    [ "$(id -u)" -eq 0 ] || { echo 'not root' && return 0; }
    for tool in slurmctld slurmd sbatch scontrol unshare pgrep; do
        command -v $tool >/dev/null || { echo "no $tool" && return 0; }
    done
    unshare --pid --fork --kill-child --mount-proc true 2>/dev/null || { echo 'no namespaces of processes' && return 0; }
    return 1
}

# $2 ports from $1 on that nobody listens to
ports() {
    local port=$1 left=$2
    while [ "$left" -gt 0 ] && [ "$port" -lt 32000 ]; do
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            left=$((left - 1))
        fi
        port=$((port + 1))
    done
}

# Tries COMMAND until it is true, for at most $1 seconds
await() {
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $until ] || return 1
        sleep 0.1
    done
}

# Ends daemon $1 by signal $2, and waits until it is gone
end() {
    local pid
    pid=$(cat "$dir/$1.pid" 2>/dev/null) || return 0
    kill "-$2" "$pid" 2>/dev/null
    # shellcheck disable=SC2317 # called by await
    gone() { ! kill -0 "$pid" 2>/dev/null; }
    await 10 gone || kill -KILL "$pid"
    rm -f "$dir/$1.pid"
}

controller_up() { scontrol ping 2>/dev/null | grep -q 'is UP'; }
node_is() { [[ $(sinfo -h -n "$1" -o %T) =~ ^($2)$ ]]; }

# A daemon outside of this shell's session, its pid in DIR/NAME.pid
daemon() {
    local name=$1
    shift
    # shellcheck disable=SC2016 # expanded by sh
    setsid sh -c 'echo $$ >"$0"; exec "$@"' "$dir/$name.pid" "$@" >>"$dir/$name.out" 2>&1 </dev/null &
    disown
}

# All of a node dies with its unshare. Its first process is not slurmd, so that jobs can outlive that.
node_up() {
    # shellcheck disable=SC2016 # expanded by sh
    daemon "$1" unshare --pid --fork --kill-child --mount-proc sh -c 'slurmd -D -N "$0" & wait; exec sleep infinity' "$1"
    await 20 node_is "$1" 'idle|mixed|allocated' || fail "$1: slurmd does not come up: $(tail -n 1 "$dir/$1.log" 2>/dev/null || tail -n 1 "$dir/$1.out")"
}

write_conf() {
    local nodes=${NODES:-3} host port k
    host=$(hostname -s)
    mapfile -t port < <(ports $((RANDOM % 10000 + 20000)) $((nodes + 1)))
    cat <<END
ClusterName=dcom
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${port[0]}
SlurmctldPidFile=$dir/slurmctld.slurm_pid
SlurmctldLogFile=$dir/slurmctld.log
StateSaveLocation=$dir/state
SlurmdPidFile=$dir/%n.slurm_pid
SlurmdLogFile=$dir/%n.log
SlurmdSpoolDir=$dir/spool.%n
# No systemd, munge, cgroups or accounting
SlurmUser=root
SlurmdUser=root
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/jobs.log
MpiDefault=none
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
# Cores of the real machine may be fewer than the nodes claim
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
# Small and short, so quick; a job that lost its node waits for as long as a credential lives
SchedulerParameters=bf_interval=1,sched_min_interval=1000,batch_sched_delay=1
AuthInfo=cred_expire=5
MailProg=/bin/true
KillWait=2
SlurmdDebug=error
SlurmctldDebug=error
END
    for ((k = 1; k <= nodes; k++)); do
        echo "NodeName=n$k NodeHostname=$host NodeAddr=127.0.0.1 Port=${port[k]} CPUs=${CPUS:-1} State=UNKNOWN"
    done
    echo 'PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO'
}

start() {
    local what k
    if what=$(missing); then fail "$what"; fi
    mkdir "$dir" && mkdir "$dir/state" || exit 1
    dir=$(realpath "$dir")
    export SLURM_CONF=$dir/slurm.conf
    write_conf >"$SLURM_CONF"
    daemon slurmctld slurmctld -D
    await 20 controller_up || fail "slurmctld does not come up: $(tail -n 1 "$dir/slurmctld.log" "$dir/slurmctld.out")"
    for ((k = 1; k <= ${NODES:-3}; k++)); do node_up n$k; done
}

stop() {
    local file name
    for file in "$dir"/*.pid; do
        name=${file##*/}
        case $name in slurmctld.pid | '*.pid') ;; *) end "${name%.pid}" KILL ;; esac
    done
    end slurmctld TERM
}

mode=${1:-}
dir=${2:-}
case $mode in
missing)
    missing
    exit
    ;;
run)
    shift
    work=$(mktemp -d)
    dir=$work/cluster
    # shellcheck disable=SC2317 # called by the trap
    finish() {
        stop
        rm -rf "$work"
    }
    trap finish EXIT
    trap 'exit 130' INT TERM HUP PIPE
    start
    "$@"
    ;;
start)
    [ -n "$dir" ] || fail 'start DIR: no folder is named'
    (start) || { stop && exit 1; }
    ;;
lose | cut | back | stop)
    [ -f "$dir/slurm.conf" ] || fail "$mode: $dir holds no cluster"
    dir=$(realpath "$dir")
    export SLURM_CONF=$dir/slurm.conf
    ;;&
lose | cut)
    node=${3:?lose DIR NODE: no node is named}
    if [ "$mode" = lose ]; then end "$node" KILL; else
        first=$(pgrep -P "$(cat "$dir/$node.pid")")
        kill -KILL "$(pgrep -P "$first" -x slurmd)"
        mv "$dir/$node.pid" "$dir/$node.cut$first.pid" # stop ends what is left of it
    fi
    scontrol update NodeName="$node" State=DOWN Reason="$mode"
    ;;
back)
    node=${3:?back DIR NODE: no node is named}
    end "$node" KILL
    node_up "$node"
    ;;
stop) stop ;;
*)
    sed -n '2,/^set/{/^# SPDX/d;s/^# \{0,1\}//p}' "$0"
    [ "$mode" = --help ] || exit 2
    ;;
esac
