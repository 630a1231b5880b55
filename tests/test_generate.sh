#!/bin/bash
# test_generate.sh verilator|icarus: tb/generate.vh makes the matrices of cmodel/generate.c bit for bit, and the bench that says so
# sees one bit that differs. SEED: of the shapes and numbers that are drawn. icarus needs iverilog.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}
simulator=${1:-verilator}
seed=${SEED:-$RANDOM}
echo "# seed $seed; again: BUILD=$build SEED=$seed tests/test_generate.sh $simulator"
make -s "BUILD=$build" "$build/tests/generate_$simulator" "$build/tests/make_generated" || exit 1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# bench FILE: its TAP
bench() {
    case $simulator in
    icarus) vvp -N "$build/tests/generate_icarus" "+vectors=$1" ;;
    *) "$build/tests/generate_verilator" "+vectors=$1" ;;
    esac | sed -n '/^[on#1]/p'
}

"$build/tests/make_generated" "$seed" >"$dir/good" || exit 1
bench "$dir/good" | grep -v '^1\.\.' | tee "$dir/said"
count=$(grep -c '^ok' "$dir/said")
matrices=$(grep -c '(' "$dir/good")

# One bit of one matrix: that matrix alone fails
awk -v at=$((RANDOM % matrices + 1)) '/\(/ { k++; first = 1; print; next }
    k == at && first { first = 0; $1 = substr($1, 1, 3) (substr($1, 4) == "0" ? "1" : "0") } { print }' "$dir/good" >"$dir/bad"
bench "$dir/bad" >"$dir/said"
if [ "$(grep -c '^not ok' "$dir/said")" -eq 1 ] && [ "$(grep -c '^ok' "$dir/said")" -eq $((matrices - 1)) ]; then
    echo "ok $((count + 1)) - one element that differs is told"
else
    echo "not ok $((count + 1)) - one element that differs is told"
    sed 's/^/# /' "$dir/said"
fi
echo "1..$((matrices + 1))"
