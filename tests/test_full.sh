#!/bin/bash
# test_full.sh [every] - the accelerator with the whole array, 16 x 16 clusters of 8 x 8 MACs: it builds, runs in lockstep, and is compared as strictly as
# the small ones: a fault in any of a sample of its clusters, one register in each or `every` kind, is told under its name and clock.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh
sim=$build/full/sim
real=tests/data/kjv_S512_L29_mlp_in.npy

make -s "BUILD=$build" CONFIG=full sim-build >"$dir/out" 2>&1
report 'the accelerator of full is built' "${?#0}"
for stall in none light; do
    "$sim" --config full --stall $stall "$real" >"$dir/out" 2>&1
    status=$?
    grep -qE '^compared +6458 registers .* on each of [1-9][0-9]* clocks' "$dir/out" || status=1
    report "real activation, stalls $stall" "${status#0}"
done
"$build/tests/make_npy" "$dir/a.npy" f4 C 61 150 random
registers=(u_mac_grid.accumulator_q:63:31 u_mac_grid.drain_q:17:0 u_mac_grid.product_q:40:5 u_reducer.sum_q:7:22
    u_tile_memory.element_q:3:9 control_q:0:2)
number=0
for place in 'row[15].node[15]' 'row[0].node[15]' 'row[15].node[0]' 'row[7].node[8]' 'row[10].node[2]'; do
    for register in "${registers[@]}"; do
        number=$((number + 1))
        [ "${1:-}" = every ] || [ $(((number - 1) % 6)) -eq $(((number - 1) / 6)) ] || continue
        name=u_array.$place.u_cluster.${register%%:*}
        "$sim" --config full --rank 8 --fault "u_array.$place.u_cluster.$register@1500" "$dir/a.npy" >"$dir/out" 2>&1
        status=$?
        word=${register#*:}
        [ $status -eq 1 ] && grep -qxF "DIVERGENCE at clock 1500: ${name}[${word%:*}]" "$dir/out"
        report "fault in $name" "${?#0}"
    done
done
echo "1..$count"
