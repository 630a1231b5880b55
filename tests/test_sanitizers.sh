#!/bin/bash
# test_sanitizers.sh [all] - tests of tests/tiers under the sanitizers: addresses and undefined behaviour for all that is C, threads
# for what has threads, memory that was never written for what stands on the C library alone. `all`: the whole short tier.
# SPDX-License-Identifier: Apache-2.0
set -u
export VECTORS=200000 CLOCKS=300000 CK_DEFAULT_TIMEOUT=1800
cd "$(dirname "$0")/.." || exit 1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
count=0

# run NAME COMMAND...: one case; it fails if the command does, or one of the cases it prints
run() {
    local name=$1 begin=$SECONDS
    shift
    count=$((count + 1))
    if "$@" >"$dir/out" 2>&1 </dev/null && ! grep -qaE '^not ok' "$dir/out"; then echo "ok $count - $name: $((SECONDS - begin)) s"; else
        echo "not ok $count - $name"
        { grep -aE '^not ok|Sanitizer|runtime error' "$dir/out" && echo ...; tail -n 12 "$dir/out"; } | sed 's/^/# | /'
        echo "# again: $*"
    fi
}

# The command of a test of tests/tiers.
command_of() { sed -nE "s/^$1 +(short|medium|long) +//p" tests/tiers; }

# The programs that tests NAME... of tests/tiers run: those of their commands, and those that the scripts among them name.
programs_of() {
    local commands scripts program
    commands=$(for name in "$@"; do command_of "$name"; done)
    grep -oE '[$]BUILD/[^ ]+' <<<"$commands"
    mapfile -t scripts < <(grep -oE 'tests/[a-z_]+[.]sh' <<<"$commands" | sort -u)
    [ ${#scripts[@]} -eq 0 ] || grep -ohE '/tests/[a-z_]+' "${scripts[@]}" | sort -u | while read -r program; do
        [ ! -e "${program#/}.c" ] || echo "\$BUILD$program"
    done
}

# under SANITIZERS NAME...: tests by their names in tests/tiers, and first their programs
under() {
    local sanitizers=$1 name command build=build/${1%%,*} programs
    shift
    mapfile -t programs < <(programs_of "$@" | sort -u)
    [[ " $* " == *' fuzz '* ]] && programs+=(fuzz-programs)
    [[ " $* " == *' regress '* ]] && programs+=(tests)
    run "$sanitizers: builds" make -s "SANITIZE=$sanitizers" all headers "${programs[@]/#"\$BUILD"/$build}"
    for name in "$@"; do
        command=$(command_of "$name")
        run "$sanitizers: $name" env "BUILD=$build" "SANITIZE=$sanitizers" sh -c "${command:-echo no test is called $name; exit 1}"
    done
}

# A lockstep on two threads and on one, and one that fails.
lockstep() {
    local sanitizers=$1 build=build/${1%%,*}
    local sim=("$build/tiny/sim" --config tiny --rank 8)
    run "$sanitizers: the lockstep builds" make -s "SANITIZE=$sanitizers" CONFIG=tiny sim-build "$build/tests/make_npy"
    "$build/tests/make_npy" "$dir/a.npy" f4 C 61 47 random
    run "$sanitizers: lockstep" "${sim[@]}" --stall light "$dir/a.npy"
    run "$sanitizers: lockstep on one thread" "${sim[@]}" --exact "$dir/a.npy"
    "${sim[@]}" --fault 'u_array.write_row_q:0:0@3000' --capsule "$dir/capsule" "$dir/a.npy" >"$dir/fault" 2>&1
    run "$sanitizers: a divergence is told, status $?" grep -xF 'DIVERGENCE at clock 3000: u_array.write_row_q[0]' "$dir/fault"
    run "$sanitizers: and nothing else is" test "$(grep -cE 'Sanitizer|runtime error' "$dir/fault")" -eq 0
}

# Left out of `all`: what builds other libraries and programs than those under test, and what is the same at another size.
left_out='install|digests|full|ci'

address=address,undefined
if [ "${1:-}" = all ]; then
    mapfile -t names < <(awk '$2 == "short" { print $1 }' tests/tiers | grep -vxE "$left_out")
    under $address "${names[@]}" vectors_kill
else
    under $address npy config fp untimed accelerator scoreboard trace generate host counters cli cli_apply vectors fuzz
fi
lockstep $address

under thread timed threads
lockstep thread
run 'thread: golden vectors on 8 threads' build/thread/dcom vectors --cases vectors/corner.cases --out "$dir/vectors" --jobs 8

# Of clang, and of no program whose libraries write what it reads: their stores are not seen. So not Check, argp, jansson, libcrypto.
if echo 'int main(void) { return 0; }' | clang -fsanitize=memory -xc - -o "$dir/memory" 2>/dev/null; then
    readers=(npy config generator cases trace)
    data=tests/data/kjv_S512_L29_mlp_in.npy
    build=build/memory
    run 'memory: builds' make -s SANITIZE=memory "$build/tests/bench_untimed" "$build/tests/make_trace" \
        "${readers[@]/#/$build/fuzz/}"
    for reader in "${readers[@]}"; do
        run "memory: fuzz inputs of $reader" "$build/fuzz/$reader" "fuzz/corpus/$reader"
    done
    tail -c +129 "$data" | head -c $((2 * 48 * 48)) >"$dir/a.bin"
    run 'memory: the untimed model' "$build/tests/bench_untimed" "$dir/a.bin" 48 48 8 4 1 2 1
    run 'memory: the same, portable' env DCOM_ISA=base "$build/tests/bench_untimed" "$dir/a.bin" 48 48 8 4 1 2 1
    run 'memory: the timed model, its host, a trace' "$build/tests/make_trace" tiny "$data" 24 24 4 light 1 "$dir/trace"
else
    count=$((count + 1))
    echo "ok $count # SKIP memory: clang has no libclang-rt here"
fi
echo "1..$count"
