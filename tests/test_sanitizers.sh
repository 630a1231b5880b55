#!/bin/bash
# test_sanitizers.sh - the programs under the sanitizers: address and undefined behaviour for all, threads for the lockstep
# and the library.
# SPDX-License-Identifier: Apache-2.0
set -u
export VECTORS=200000
cd "$(dirname "$0")/.." || exit 1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
count=0

# run NAME COMMAND...: one case
run() {
    local name=$1
    shift
    count=$((count + 1))
    if "$@" >"$dir/out" 2>&1 </dev/null; then echo "ok $count - $name"; else
        echo "not ok $count - $name"
        tail -n 12 "$dir/out" | sed 's/^/# | /'
    fi
}

# programs SANITIZERS FOLDER TEST...: builds, then runs tests and a lockstep run in parallel and one on one thread
programs() {
    local sanitizers=$1 build=build/$2 test
    shift 2
    run "$sanitizers: builds" make "SANITIZE=$sanitizers" tests
    for test in "$@"; do
        run "$sanitizers: $test" env "BUILD=$build" "$build/tests/test_$test"
    done
    run "$sanitizers: the lockstep builds" make "SANITIZE=$sanitizers" CONFIG=tiny sim-build
    "$build/tests/make_npy" "$dir/a.npy" f4 C 61 47 random
    sim=("$build/tiny/sim" --config tiny --rank 8)
    run "$sanitizers: lockstep" "${sim[@]}" --stall light "$dir/a.npy"
    run "$sanitizers: lockstep on one thread" "${sim[@]}" --exact "$dir/a.npy"
    "${sim[@]}" --fault 'u_array.write_row_q:0:0@3000' "$dir/a.npy" >"$dir/fault" 2>&1
    run "$sanitizers: a divergence is told, status $?" grep -xF 'DIVERGENCE at clock 3000: u_array.write_row_q[0]' "$dir/fault"
    run "$sanitizers: and nothing else is" test "$(grep -cE 'Sanitizer|runtime error' "$dir/fault")" -eq 0
}

programs address,undefined address npy fp config untimed timed apply comparator host csr accelerator scoreboard trace vectors cases
run 'address,undefined: command line' env BUILD=build/address tests/test_cli.sh
run 'address,undefined: column edge' env CLOCKS=300000 build/address/tests/column_edge_2_40
run 'address,undefined: accelerator' build/address/tests/accelerator_tiny rtl/config/tiny.cfg
run 'address,undefined: store' build/address/tests/store_2_3_24_40
run 'address,undefined: counters' build/address/tests/counters_tb
run 'address,undefined: dcom apply' env BUILD=build/address tests/test_apply.sh
run 'address,undefined: failure capsules' env BUILD=build/address SANITIZE=address,undefined tests/test_capsule.sh
run 'address,undefined: the worker' env BUILD=build/address SANITIZE=address,undefined tests/test_worker.sh
run 'address,undefined: golden vectors' env BUILD=build/address tests/test_vectors.sh
run 'address,undefined: the DPI classes' env BUILD=build/address SANITIZE=address,undefined tests/test_dpi.sh
programs thread thread timed threads
run 'thread: golden vectors on 8 threads' build/thread/dcom vectors --cases vectors/corner.cases --out "$dir/vectors" --jobs 8
echo "1..$count"
